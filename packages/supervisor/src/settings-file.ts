import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { SettingsFileError } from './errors.ts';
import { type ServerRootFile } from './write-files.ts';
import { type SupervisorSettings } from './supervisor-settings.ts';

/** Name of the file that marks a directory as a server root of ours and holds its settings. */
export const SETTINGS_FILE = 'settings.json';

const GENERATOR = 'httpd-express';

/** Raised when settings of an older version can no longer be read. */
const FORMAT = 1;

/** `settings.json` as a file of the server root; without settings, only the mark that the directory is ours. */
export function formatSettings(settings?: SupervisorSettings): ServerRootFile {
  const text = `${JSON.stringify({ generator: GENERATOR, format: FORMAT, settings }, null, 2)}\n`;
  return { path: SETTINGS_FILE, text, mode: 0o600 };
}

/** Whether `text` is a `settings.json` that this program wrote, in whatever version. */
export function isOurSettings(text: string): boolean {
  return parse(text)?.generator === GENERATOR;
}

/**
 * Reads the settings of a server root. The directory must have been checked (`openServerRoot`): they are believed.
 *
 * @throws {SettingsFileError} ERR_SUPERVISOR_SETTINGS_FILE
 */
export async function readSettings(serverRoot: string): Promise<SupervisorSettings> {
  const path = join(serverRoot, SETTINGS_FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new SettingsFileError(path, (error as Error).message, error);
  });
  const file = parse(text);
  if (file?.generator !== GENERATOR)
    throw new SettingsFileError(path, 'expected a file that httpd-express wrote');
  if (file.format !== FORMAT)
    throw new SettingsFileError(path, `expected format ${FORMAT}, found ${String(file.format)}`);
  if (file.settings === undefined) throw new SettingsFileError(path, 'the set-up was not finished');
  return file.settings;
}

interface SettingsFile {
  readonly generator?: unknown;
  readonly format?: unknown;
  readonly settings?: SupervisorSettings;
}

function parse(text: string): SettingsFile | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // not JSON: not ours
  }
}
