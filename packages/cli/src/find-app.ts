import path from 'node:path';

import { type SupervisorSettings } from '@httpd-express/supervisor';

import { OptionConflictError, OptionValueError, showValue } from './errors.ts';
import { text } from './option-values.ts';
import { type ServerSettings, type serverOptions } from './options.ts';
import { requireDirectory, requireFile } from './require-path.ts';
import { type ResolvedSettings } from './settings.ts';

type AppSettings = NonNullable<SupervisorSettings['bridge']>['app'];

/** What is served: an app, or files alone. */
export interface FoundApp {
  readonly app?: AppSettings;
  /** The directory that `--application-type static` was given in place of an app. */
  readonly documentRoot?: string;
}

/**
 * Finds the app: `--entry-point` of the command line, else the operand, else EXPRESS_ENTRY_POINT or that of the configuration file,
 * else the splash page.
 * The splash page stands only for no name at all, never for one that is wrong.
 *
 * @throws {PathError} ERR_CLI_PATH
 * @throws {OptionConflictError} ERR_CLI_OPTION_CONFLICT
 */
export function findApp(
  resolved: ResolvedSettings<typeof serverOptions>,
  operands: readonly string[],
): FoundApp {
  const { settings } = resolved;
  const entry = chooseEntry(resolved, operands[0]);
  return finders[settings.applicationType](entry, settings);
}

function chooseEntry(
  { settings, sources, configPath }: ResolvedSettings<typeof serverOptions>,
  operand: string | undefined,
): string | undefined {
  const { entryPoint, applicationType } = settings;
  const { kind } = sources.entryPoint;
  if (kind !== 'argv' && operand !== undefined) return requireText(operand);
  if (entryPoint === undefined || kind !== 'file' || applicationType === 'module') return entryPoint;
  return path.resolve(path.dirname(configPath ?? ''), entryPoint);
}

type Find = (entry: string | undefined, settings: ServerSettings) => FoundApp;

const finders: Readonly<Record<ServerSettings['applicationType'], Find>> = {
  script: (entry, settings) => {
    if (entry === undefined)
      return { app: { ...common(settings), kind: 'splash', entry: 'the splash page' } };
    const file = requireText(path.resolve(entry));
    requireFile('the app', file, scriptHints);
    return { app: { ...common(settings), kind: 'script', entry: file } };
  },
  module: (entry, settings) => {
    if (entry === undefined)
      throw new OptionConflictError(
        '--application-type module',
        'needs the name of a package, and none was given',
      );
    return { app: { ...common(settings), kind: 'module', entry } };
  },
  config: (entry, settings) => {
    if (entry === undefined)
      throw new OptionConflictError(
        '--application-type config',
        'needs the path of a composition file, and none was given',
      );
    if (settings.callableObject !== undefined)
      throw new OptionConflictError(
        '--callable-object',
        'has no meaning with --application-type config: name the export in the composition file',
      );
    const file = requireText(path.resolve(entry));
    requireFile('the composition file', file);
    return { app: { ...common(settings), kind: 'config', entry: file } };
  },
  static: (entry, { documentRoot }) => {
    if (entry === undefined) return {};
    const directory = requireText(path.resolve(entry));
    requireDirectory('the directory to serve,', directory);
    if (documentRoot !== undefined && documentRoot !== directory)
      throw new OptionConflictError(
        '--application-type static',
        `serves one directory, but ${directory} and --document-root ${documentRoot} were given`,
      );
    return { documentRoot: directory };
  },
};

const scriptHints = {
  missing:
    'a relative path starts at the current directory; a package is served with --application-type module',
  directory:
    'name the file that is the app; a directory of files alone is served with --application-type static',
};

function common({ callableObject, mountPoint, loader, addHandler }: ServerSettings) {
  return {
    mountPoint,
    loader,
    ...(addHandler.length > 0 && { handlers: addHandler }),
    ...(callableObject !== undefined && { callableObject }),
  };
}

function requireText(operand: string): string {
  try {
    return text(operand);
  } catch (error) {
    throw new OptionValueError(`the app ${showValue(operand)}`, (error as RangeError).message);
  }
}
