import { statSync } from 'node:fs';
import path from 'node:path';

import { type serverOptions } from './options.ts';
import { requireFile } from './require-path.ts';
import { type ResolvedSettings } from './settings.ts';

const dotenvHint = 'make it readable, or leave it out with --no-dotenv';

/**
 * Looks at the files of variables, which the app's account reads later: those that were named must be there.
 *
 * @throws {PathError} ERR_CLI_PATH
 */
export function requireEnvironmentFiles(
  { settings, sources }: ResolvedSettings<typeof serverOptions>,
  workingDirectory: string,
): void {
  for (const file of settings.envFile) requireFile(sources.envFile.name, file);
  const dotenv = path.join(workingDirectory, '.env');
  if (settings.envFile.length > 0 || !settings.dotenv || !isFile(dotenv)) return;
  requireFile('the environment file', dotenv, { denied: dotenvHint });
}

/** A directory of that name is a Python environment, and none of our business. */
function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}
