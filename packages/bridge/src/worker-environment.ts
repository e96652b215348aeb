import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

import { EnvFileError } from './errors.ts';
import { type LaunchSettings } from './messages.ts';

type Environment = Readonly<Record<string, string>>;

/**
 * The complete environment of a worker: `env`, and what that leaves open from the files and the defaults. The files are
 * read now.
 *
 * @throws {EnvFileError} ERR_BRIDGE_ENV_FILE
 */
export function readWorkerEnvironment(env: Environment, launch: LaunchSettings): Environment {
  const { envDefaults, envFiles, optionalEnvFile } = launch;
  const optional = optionalEnvFile === undefined ? [] : [readVariables(optionalEnvFile, isAbsence)];
  const named = envFiles.map((file) => readVariables(file, () => false));
  return Object.assign({}, envDefaults, ...optional, ...named, env) as Environment;
}

function readVariables(file: string, isNothing: (code: string | undefined) => boolean): Environment {
  try {
    return parseEnv(readFileSync(file, 'utf8')) as Environment;
  } catch (error) {
    if (isNothing((error as NodeJS.ErrnoException).code)) return {};
    throw new EnvFileError(file, (error as Error).message);
  }
}

/** A directory of that name is something else, such as a Python environment. */
function isAbsence(code: string | undefined): boolean {
  return code === 'ENOENT' || code === 'EISDIR';
}
