import { existsSync } from 'node:fs';

import { SupervisorNotRunningError, findRunningServerRoots, openServerRoot } from '@httpd-express/supervisor';

import { NothingRunsError, SeveralRunError } from './errors.ts';

/**
 * The server root a command is about: the one that is named, which need not run, else the only one of this user that
 * does, among those in the default place.
 *
 * @throws {NothingRunsError} ERR_CLI_NOTHING_RUNS
 * @throws {SeveralRunError} ERR_CLI_SEVERAL_RUN
 */
export async function findRunningRoot(named: string | undefined): Promise<string> {
  // One that is gone was removed after its server had ended; what is there must be ours before it is talked to.
  if (named !== undefined) return existsSync(named) ? (await openServerRoot(named)).path : named;
  const [first, ...others] = await findRunningServerRoots();
  if (first === undefined) throw new NothingRunsError();
  if (others.length > 0) throw new SeveralRunError([first, ...others]);
  return first;
}

/** Settles as `whenRunning` does, or with `otherwise`, told why, when nothing runs. */
export async function ifRunning(
  whenRunning: () => Promise<number>,
  otherwise: (reason: string) => Promise<number> | number,
): Promise<number> {
  try {
    return await whenRunning();
  } catch (error) {
    if (error instanceof SupervisorNotRunningError || error instanceof NothingRunsError)
      return otherwise(error.message);
    throw error;
  }
}
