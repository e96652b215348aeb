import { OptionConflictError } from './errors.ts';
import { type ServerSettings, type serverOptions } from './options.ts';
import {
  requireDirectory,
  requireFile,
  requireFileOrDirectory,
  requireOwnScript,
  requireProgram,
} from './require-path.ts';
import { type ResolvedSettings } from './settings.ts';

/** A URL path and what is served under it. */
export interface UrlAlias {
  readonly url: string;
  readonly path: string;
  readonly kind: 'file' | 'directory';
}

const directories = [
  'documentRoot',
  'workingDirectory',
  'logDirectory',
  'modulesDirectory',
] as const satisfies (keyof ServerSettings)[];

const files = ['mimeTypes', 'rewriteRules'] as const satisfies (keyof ServerSettings)[];

const programs = [
  ['rotatelogsExecutable', undefined],
  ['httpdExecutable', 'give the path of httpd itself (not apachectl), or install one: express install-httpd'],
] as const satisfies (readonly [keyof ServerSettings, string | undefined])[];

/**
 * Looks at every path an option names, before anything is written; answers the URL aliases with what their targets are.
 *
 * @throws {PathError} ERR_CLI_PATH
 */
export function requireServedPaths({
  settings,
  sources,
}: ResolvedSettings<typeof serverOptions>): UrlAlias[] {
  for (const key of directories)
    if (settings[key] !== undefined) requireDirectory(sources[key].name, settings[key]);
  for (const key of files) if (settings[key] !== undefined) requireFile(sources[key].name, settings[key]);
  if (settings.addHandler.length > 0 && settings.applicationType === 'static')
    throw new OptionConflictError(
      sources.addHandler.name,
      'needs an app, and --application-type static is none',
    );
  for (const [extension, script] of settings.addHandler)
    requireFile(`${sources.addHandler.name} ${extension}`, script);
  if (settings.envvarsScript !== undefined)
    requireOwnScript(sources.envvarsScript.name, settings.envvarsScript);
  for (const [key, hint] of programs)
    if (settings[key] !== undefined) requireProgram(sources[key].name, settings[key], hint);
  for (const file of settings.includeFile) requireFile(sources.includeFile.name, file);
  for (const directory of settings.sendfileRoot) requireDirectory(sources.sendfileRoot.name, directory);
  return settings.urlAlias.map(([url, path]) => ({
    url,
    path,
    kind: requireFileOrDirectory(`${sources.urlAlias.name} ${url}`, path),
  }));
}
