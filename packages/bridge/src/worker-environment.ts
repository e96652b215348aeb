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
  const all = Object.assign({}, envDefaults, ...optional, ...named, env) as Environment;
  return Object.fromEntries(Object.entries(all).filter(([name]) => !betweenProcesses.has(name)));
}

/** How Node tells a child of the channel to its parent: ours is not the app's to name. Node 20 to 26. */
const betweenProcesses: ReadonlySet<string> = new Set([
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_UNIQUE_ID',
]);

function readVariables(file: string, isNothing: (code: string | undefined) => boolean): Environment {
  const variables = parseEnv(readText(file, isNothing)) as Environment;
  for (const [name, value] of Object.entries(variables))
    if (`${name}${value}`.includes('\0'))
      throw new EnvFileError(file, `${name.replaceAll('\0', '')} has a NUL character in it`);
  return variables;
}

function readText(file: string, isNothing: (code: string | undefined) => boolean): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isNothing((error as NodeJS.ErrnoException).code)) return '';
    throw new EnvFileError(file, (error as Error).message);
  }
}

/** A directory of that name is something else, such as a Python environment. */
function isAbsence(code: string | undefined): boolean {
  return code === 'ENOENT' || code === 'EISDIR';
}
