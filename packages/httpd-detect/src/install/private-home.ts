import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The directory that holds private builds: `EXPRESS_HTTPD_HOME`, else below XDG_DATA_HOME. Data, not cache: a cache cleaner
 * would delete the files of a running httpd.
 */
export function privateHttpdHome(env: NodeJS.ProcessEnv): string {
  const named = env['EXPRESS_HTTPD_HOME'];
  if (named !== undefined && named !== '') return path.resolve(named);
  return path.join(dataHome(env), 'httpd-express', 'httpd');
}

/** XDG Base Directory Specification: a relative XDG_DATA_HOME is to be ignored. */
function dataHome(env: NodeJS.ProcessEnv): string {
  const named = env['XDG_DATA_HOME'];
  if (named !== undefined && path.isAbsolute(named)) return named;
  const home = env['HOME'];
  return path.join(home === undefined || home === '' ? homedir() : home, '.local', 'share');
}
