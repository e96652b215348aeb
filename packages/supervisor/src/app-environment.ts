import { lstat, readFile } from 'node:fs/promises';

import { EnvvarsError } from './errors.ts';
import { runProcess } from './spawn.ts';

/** The complete environment of the app. */
type Environment = Readonly<Record<string, string>>;

const TIMEOUT_MS = 10_000;

/** Sources its first operand. Whatever that prints comes before the first NUL. */
const SCRIPT = `. "$0"; printf '\\0'; exec env -0`;

/** What a shell sets for its own use. */
const shellVariables: ReadonlySet<string> = new Set(['_', 'OLDPWD', 'PWD', 'SHLVL']);

/**
 * What the `envvars` file of a server root makes of the app's environment: `apachectl` sources it for httpd, and the app
 * is not a child of httpd. One that `apachectl` would not read is not read here either.
 *
 * @throws {EnvvarsError} ERR_SUPERVISOR_ENVVARS
 * @throws {ProcessStartError} ERR_SUPERVISOR_PROCESS_START
 */
export async function readAppEnvironment(envvarsPath: string, env: Environment): Promise<Environment> {
  if (!(await hasCommands(envvarsPath))) return env;
  const { status, output } = await runProcess('/bin/sh', ['-c', SCRIPT, envvarsPath], {
    env,
    timeoutMs: TIMEOUT_MS,
  });
  const variables = output.split('\0').slice(1, -1);
  if (status !== 0 || variables.length === 0) throw new EnvvarsError(envvarsPath, output);
  const result = new Map(variables.map(toEntry).filter(([name]) => !shellVariables.has(name)));
  for (const name of shellVariables) if (env[name] !== undefined) result.set(name, env[name]);
  return Object.fromEntries(result);
}

/** Whether it is a plain file of ours that nobody else can write to (as in apachectl.hbs), and more than comments. */
async function hasCommands(envvarsPath: string): Promise<boolean> {
  try {
    const found = await lstat(envvarsPath);
    if (!found.isFile() || found.uid !== process.geteuid?.() || (found.mode & 0o022) !== 0) return false;
    return /^[ \t]*[^#\s]/m.test(await readFile(envvarsPath, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new EnvvarsError(envvarsPath, (error as Error).message);
  }
}

function toEntry(variable: string): [name: string, value: string] {
  const equals = variable.indexOf('=');
  return [variable.slice(0, equals), variable.slice(equals + 1)];
}
