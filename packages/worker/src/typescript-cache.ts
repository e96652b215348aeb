import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Whether tsx may keep what it has compiled. Its directory has a name that anybody can guess, in one where anybody can
 * write, and what it finds there becomes the app: a directory that is not ours alone is not used.
 */
export function isCacheSafe(): boolean {
  const uid = process.geteuid?.();
  if (uid === undefined) return true; // no shared temporary directory
  // As in tsx: temporary-directory.ts.
  const directory = join(tmpdir(), `tsx-${uid}`);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
  }
  const found = lstatSync(directory, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o022) === 0;
}
