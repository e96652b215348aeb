import { statSync } from 'node:fs';
import path from 'node:path';

import { type serverOptions } from './options.ts';
import { requireFile } from './require-path.ts';
import { type ResolvedSettings } from './settings.ts';

const dotenvHint = 'make it readable, or leave it out with --no-dotenv';

/**
 * Looks for the files that were named: the app's account reads them later.
 *
 * @throws {PathError} ERR_CLI_PATH
 */
export function requireNamedFiles({ settings, sources }: ResolvedSettings<typeof serverOptions>): void {
  const { envFile, nodeExecutable } = settings;
  for (const file of envFile) requireFile(sources.envFile.name, file);
  if (nodeExecutable !== undefined) requireFile(sources.nodeExecutable.name, nodeExecutable);
}

/**
 * Looks whether `.env` of the working directory, where there is one, can be read.
 *
 * @throws {PathError} ERR_CLI_PATH
 */
export function requireDotenv(
  { settings }: ResolvedSettings<typeof serverOptions>,
  workingDirectory: string,
): void {
  const dotenv = path.join(workingDirectory, '.env');
  if (settings.envFile.length > 0 || !settings.dotenv || !isFile(dotenv)) return;
  requireFile('the environment file', dotenv, { denied: dotenvHint });
}

/** A directory of that name is a Python environment, and none of our business. */
function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}
