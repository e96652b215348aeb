import { constants } from 'node:fs';
import { lstat, open, rename, unlink } from 'node:fs/promises';
import { join, normalize } from 'node:path';

import { ServerRootWriteError } from './errors.ts';

/** A file to write: path relative to the server root, text, and mode. */
export interface ServerRootFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  /** A file people may edit: written only when it is absent. */
  readonly keep?: boolean;
}

/**
 * Looks at the new files before they replace the old: `stagedPath('httpd.conf')` is where the new one waits.
 * Rejecting leaves everything as it was.
 */
export type VerifyFiles = (stagedPath: (path: string) => string) => Promise<void>;

/**
 * Writes all of `files` or none: each beside its place, flushed, then renamed over the old one. Files to keep are put in
 * their places first, because the others may include them by name. `directory` must be writable by us alone.
 *
 * @throws {ServerRootWriteError} ERR_SUPERVISOR_SERVER_ROOT_WRITE, and what `verify` throws
 */
export async function writeFiles(
  directory: string,
  files: readonly ServerRootFile[],
  verify?: VerifyFiles,
): Promise<void> {
  const undo: string[] = [];
  const stage = async ({ path, text, mode }: ServerRootFile) => {
    const target = placeOf(directory, path);
    undo.push(stagedName(target));
    await writeAside(stagedName(target), text, mode);
    return target;
  };
  try {
    for (const file of await absentOf(directory, files)) {
      const target = await stage(file);
      await rename(stagedName(target), target);
      undo.push(target);
    }
    const targets = await Promise.all(files.filter(({ keep }) => keep !== true).map(stage));
    await verify?.((path) => stagedName(placeOf(directory, path)));
    for (const target of targets) await rename(stagedName(target), target);
    await flush(directory);
  } catch (error) {
    await Promise.all(undo.map(removeIfPresent));
    throw error;
  }
}

async function absentOf(directory: string, files: readonly ServerRootFile[]): Promise<ServerRootFile[]> {
  const kept = files.filter(({ keep }) => keep === true);
  const present = await Promise.all(kept.map(({ path }) => isPresent(placeOf(directory, path))));
  return kept.filter((_, index) => present[index] === false);
}

/** O_EXCL and O_NOFOLLOW: never through something that waits in our place, even if the directory was once open to others. */
async function writeAside(path: string, text: string, mode: number): Promise<void> {
  await removeIfPresent(path);
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    // What is done to an open file fails without its name.
    throw new ServerRootWriteError(path, error);
  } finally {
    await file.close();
  }
}

async function flush(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes a file or a link; nothing there is as good. */
export async function removeIfPresent(path: string): Promise<void> {
  await unlink(path).catch(ignoreMissing);
}

async function isPresent(path: string): Promise<boolean> {
  return (await lstat(path).catch(ignoreMissing)) !== undefined;
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

function stagedName(target: string): string {
  return `${target}.new`;
}

function placeOf(directory: string, path: string): string {
  const relative = normalize(path);
  if (relative.startsWith('..') || relative.startsWith('/'))
    throw new Error(`${path} leaves the server root. This is a bug.`);
  return join(directory, relative);
}
