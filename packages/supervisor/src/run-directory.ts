/** What httpd keeps in `run/` of the server root; where its configuration says so is `templates/src/context.ts`. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { RunDirectoryError } from './errors.ts';

/** httpd's DefaultRuntimeDir. */
export function runDirectoryOf(serverRoot: string): string {
  return join(serverRoot, 'run');
}

/**
 * Makes sure that httpd can write its pid file anew, by writing one like it: httpd does so in a graceful restart, and
 * ends when it cannot.
 *
 * @throws {RunDirectoryError} ERR_SUPERVISOR_RUN_DIRECTORY
 */
export async function requirePidFileWritable(serverRoot: string): Promise<void> {
  const directory = runDirectoryOf(serverRoot);
  const trial = join(directory, 'trial.pid');
  try {
    await writeFile(trial, `${process.pid}\n`);
  } catch (error) {
    throw new RunDirectoryError(directory, error);
  } finally {
    await rm(trial, { force: true });
  }
}
