import { type TemplateInput } from '@httpd-express/templates';

import { OptionConflictError } from './errors.ts';
import { type FoundApp } from './find-app.ts';
import { type ServerSettings, type serverOptions } from './options.ts';
import { requireFile } from './require-path.ts';
import { type UrlAlias } from './served-paths.ts';
import { type ResolvedSettings } from './settings.ts';

/** What httpd is told about files. */
export function toFiles(settings: ServerSettings): TemplateInput['files'] {
  const { spa, mimeTypes, rewriteRules } = settings;
  return {
    directoryListing: settings.directoryListing,
    ...(spa && { spa: { exclude: settings.spaExclude } }),
    precompressed: settings.precompressed,
    ...(mimeTypes !== undefined && { mimeTypesPath: mimeTypes }),
    enableSendfile: settings.enableSendfile,
    errorDocuments: settings.errorDocument,
    errorOverride: settings.errorOverride,
    allowOverride: settings.allowOverride,
    ...(rewriteRules !== undefined && { rewriteRulesPath: rewriteRules }),
  };
}

/** What files are found in. */
interface Places extends FoundApp {
  readonly urlAliases: readonly UrlAlias[];
}

/**
 * Options about files that need another, or a file that is not there.
 *
 * @throws {OptionConflictError} ERR_CLI_OPTION_CONFLICT
 * @throws {PathError} ERR_CLI_PATH
 */
export function requireFileOptions(
  { settings, sources }: ResolvedSettings<typeof serverOptions>,
  { app, documentRoot = settings.documentRoot, urlAliases }: Places,
): void {
  const { spa, errorOverride, errorDocument, allowOverride } = settings;
  if (spa && documentRoot === undefined)
    throw new OptionConflictError('--spa', 'needs a --document-root with index.html in it');
  if (spa) requireFile(sources.spa.name, `${documentRoot}/index.html`);
  if (errorOverride && app === undefined)
    throw new OptionConflictError('--error-override', 'replaces answers of an app, and none is served');
  if (allowOverride.length > 1 && allowOverride.some((type) => type === 'All' || type === 'None'))
    throw new OptionConflictError('--allow-override', 'All and None stand alone');
  requireEachOnce(errorDocument);
  for (const [status, url] of errorDocument)
    requireFile(`${sources.errorDocument.name} ${status}`, fileOf(url, documentRoot, urlAliases));
}

function requireEachOnce(documents: ServerSettings['errorDocument']): void {
  const statuses = documents.map(([status]) => status);
  const twice = statuses.find((status, index) => statuses.indexOf(status) !== index);
  if (twice !== undefined)
    throw new OptionConflictError('--error-document', `${twice} is given more than one document`);
}

/** The file a URL path is served from. The longest alias wins, as in httpd. */
function fileOf(url: string, documentRoot: string | undefined, aliases: readonly UrlAlias[]): string {
  const [alias] = aliases
    .filter((each) => url === each.url || (each.kind === 'directory' && isBelow(url, each.url)))
    .sort((a, b) => b.url.length - a.url.length);
  if (alias !== undefined) return alias.path + url.slice(alias.url === '/' ? 0 : alias.url.length);
  if (documentRoot === undefined)
    throw new OptionConflictError(
      `--error-document ${url}`,
      'needs a --document-root or a --url-alias for it',
    );
  return documentRoot + url;
}

function isBelow(url: string, directory: string): boolean {
  return directory === '/' || url.startsWith(`${directory}/`);
}
