import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { SettingsFileError } from './errors.ts';
import { type ServerRootFile } from './write-files.ts';
import { type SupervisorSettings } from './supervisor-settings.ts';

/** Name of the file that marks a directory as a server root of ours and holds its settings. */
const SETTINGS_FILE = 'settings.json';

const GENERATOR = 'httpd-express';

/** Raised when settings of an older version can no longer be read. */
const FORMAT = 1;

/** `settings.json` as a file of the server root; without settings, only the mark that the directory is ours. */
export function formatSettings(settings?: SupervisorSettings): ServerRootFile {
  const text = `${JSON.stringify({ generator: GENERATOR, format: FORMAT, settings }, null, 2)}\n`;
  return { path: SETTINGS_FILE, text, mode: 0o600 };
}

/** Files that mark a directory as ours, of whatever version; one may be missing or damaged, which a set-up mends. */
const marks: readonly (readonly [name: string, isOurs: (text: string) => boolean])[] = [
  [SETTINGS_FILE, (text) => parse(text)?.generator === GENERATOR],
  // Not httpd.conf: `express config --httpd` prints it for whatever people do with it.
  ['apachectl', (text) => text.split('\n', 2)[1]?.startsWith(`# Written by ${GENERATOR} `) === true],
];

/** Whether this program made a server root of a directory. */
export async function isMarked(directory: string): Promise<boolean> {
  const found = await Promise.all(
    // Unreadable is not ours.
    marks.map(async ([name, isOurs]) =>
      isOurs(await readFile(join(directory, name), 'utf8').catch(() => '')),
    ),
  );
  return found.includes(true);
}

/**
 * Reads the settings of a server root. The directory must have been checked (`openServerRoot`): they are believed.
 *
 * @throws {SettingsFileError} ERR_SUPERVISOR_SETTINGS_FILE
 */
export async function readSettings(serverRoot: string): Promise<SupervisorSettings> {
  const path = join(serverRoot, SETTINGS_FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new SettingsFileError(path, undefined, error);
  });
  const file = parse(text);
  if (file === undefined) throw new SettingsFileError(path, 'it is damaged, expected an object in JSON');
  if (file.generator !== GENERATOR)
    throw new SettingsFileError(path, 'expected a file that httpd-express wrote');
  if (file.format !== FORMAT)
    throw new SettingsFileError(path, `expected format ${FORMAT}, found ${String(file.format)}`);
  if (file.settings === undefined) throw new SettingsFileError(path, 'the set-up was not finished');
  return requireComplete(path, file.settings);
}

interface SettingsFile {
  readonly generator?: unknown;
  readonly format?: unknown;
  readonly settings?: unknown;
}

/** What none can be run without; the rest is believed. */
const required = {
  serverRoot: 'string',
  apachectlPath: 'string',
  httpdPath: 'string',
  httpdVersion: 'string',
  listen: 'object',
  url: 'string',
  gracefulTimeoutMs: 'number',
  shutdownTimeoutMs: 'number',
  banner: 'string',
} satisfies Partial<Record<keyof SupervisorSettings, string>>;

function requireComplete(path: string, settings: unknown): SupervisorSettings {
  const given: Readonly<Record<string, unknown>> = { ...(settings as object | null) };
  for (const [name, type] of Object.entries(required)) {
    if (typeof given[name] !== type || given[name] === null)
      throw new SettingsFileError(path, `it is damaged, expected settings.${name} to be of type ${type}`);
  }
  return settings as SupervisorSettings;
}

function parse(text: string): SettingsFile | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // damaged, or another program's
  }
}
