import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll } from '@jest/globals';

export const fixturesDirectory = path.join(import.meta.dirname, 'fixtures');

/** A temporary directory that goes away with the test file. */
export function makeDirectory(): string {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'httpd-detect-')));
  created.push(directory);
  return directory;
}

const created: string[] = [];
afterAll(() => {
  for (const directory of created) rmSync(directory, { recursive: true, force: true });
});

/** Writes an executable shell script and returns its path. */
export function writeProgram(file: string, body: string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** An executable that answers -v, -V and -l with a recorded build's output; -V exits 1, as Debian's does. */
export function writeFakeHttpd(file: string, build: string): string {
  const recorded = (name: string): string => `cat '${path.join(fixturesDirectory, build, name)}'`;
  return writeProgram(
    file,
    `case "$1" in
-v) ${recorded('version.txt')} ;;
-V) ${recorded('settings.txt')}; echo "AH00534: httpd: Configuration error: No MPM loaded." >&2; exit 1 ;;
-l) ${recorded('modules.txt')} ;;
esac`,
  );
}

/** Empty module files in a directory. */
export function writeModules(directory: string, names: readonly string[]): string {
  mkdirSync(directory, { recursive: true });
  for (const name of names) writeFileSync(path.join(directory, `mod_${name}.so`), '');
  return directory;
}

/** An error's code, message and hint, of a call that has to fail. */
export async function catchError(
  call: () => unknown,
): Promise<{ code?: string; message: string; hint?: string; cause?: unknown }> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected an error');
}
