/** What httpd keeps in `run/` of the server root; where its configuration says so is `templates/src/context.ts`. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { RunDirectoryError } from './errors.ts';

const PAUSE_MS = 10;

/** httpd's DefaultRuntimeDir. */
export function runDirectoryOf(serverRoot: string): string {
  return join(serverRoot, 'run');
}

/** Where httpd writes its pid. */
export function pidFileOf(serverRoot: string): string {
  return join(runDirectoryOf(serverRoot), 'httpd.pid');
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

/** Resolves once httpd has written its pid, which it does when it listens; rejects when `signal` aborts. */
export async function waitForPidFile(serverRoot: string, pid: number, signal: AbortSignal): Promise<void> {
  const path = pidFileOf(serverRoot);
  while ((await readPid(path)) !== pid) await delay(PAUSE_MS, undefined, { signal });
}

async function readPid(path: string): Promise<number | undefined> {
  try {
    return Number(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
