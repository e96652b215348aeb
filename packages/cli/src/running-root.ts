import { existsSync } from 'node:fs';

import { SupervisorNotRunningError, findRunningServerRoots, openServerRoot } from '@httpd-express/supervisor';

import { loadConfig } from './config-file.ts';
import { NothingRunsError, SeveralRunError } from './errors.ts';
import { runningRootOptions, serverOptions } from './options.ts';
import { type RawValues, resolveSettings } from './settings.ts';

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

/**
 * The server root that is named: by an option, by EXPRESS_SERVER_ROOT, or in the configuration file of the current directory.
 *
 * @throws what `loadConfig` and `resolveSettings` throw
 */
export async function findNamedRoot(values: RawValues, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { serverRoot } = resolveSettings(runningRootOptions, { values, env }).settings;
  if (serverRoot !== undefined) return serverRoot;
  // The options of the file are not ours to judge: only where the server root is.
  const file = await loadConfig(serverOptions, { values: {}, env, cwd: process.cwd() });
  return resolveSettings(runningRootOptions, { values: {}, env: {}, file }).settings.serverRoot;
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
