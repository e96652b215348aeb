import path from 'node:path';

import { UnusableValueError } from './errors.ts';
import type { FileSettings, TemplateInput } from './input.ts';

/**
 * Names, as regular expressions for what follows a slash, that are not served from any directory: dot files except
 * `.well-known` (RFC 8615), TypeScript sources, installed packages and their manifests.
 */
const privateNames = [
  String.raw`\.(?!well-known(?:/|$))`,
  String.raw`node_modules(?:/|$)`,
  String.raw`package[^/]*\.json$`,
  String.raw`[^/]*\.[cm]?tsx?(?:\.(?:br|gz))?$`,
].join('|');

/** The same of a file in a listing. */
const unlistedFiles = [
  String.raw`\.`,
  String.raw`package.*\.json$`,
  String.raw`.*\.[cm]?tsx?(?:\.(?:br|gz))?$`,
].join('|');

/** The same of a directory, as mod_autoindex takes it: it knows `*` and `?` alone, and `..` is the link to the parent. */
const unlistedDirectories = [
  'node_modules',
  '.??*',
  ...Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_', (letter) => `.${letter}`),
].join(' ');

/** What is worth having compressed beside it, and its type: httpd takes the type of `x.js.gz` from its last extension. */
const compressedTypes: readonly { readonly extension: string; readonly type: string }[] = [
  { extension: 'html?', type: 'text/html' },
  { extension: 'm?js', type: 'text/javascript' },
  { extension: 'css', type: 'text/css' },
  { extension: 'json|map', type: 'application/json' },
  { extension: 'webmanifest', type: 'application/manifest+json' },
  { extension: 'svg', type: 'image/svg+xml' },
  { extension: 'xml', type: 'application/xml' },
  { extension: 'txt', type: 'text/plain' },
  { extension: 'md', type: 'text/markdown' },
  { extension: 'wasm', type: 'application/wasm' },
  { extension: 'ttf', type: 'font/ttf' },
  { extension: 'otf', type: 'font/otf' },
  { extension: 'ico', type: 'image/x-icon' },
];

/** The client takes gzip rather than br: the former has no weight and the latter one below 1, or both have one. */
const gzipRather = [
  String.raw`%{HTTP:Accept-Encoding} =~ m#^(?=(?:.*,)?[ \t]*gzip[ \t]*(?:,|$))(?=(?:.*,)?[ \t]*br[ \t]*;[ \t]*q=0)#i`,
  String.raw`(%{HTTP:Accept-Encoding} =~ m#^(?=(?:.*,)?[ \t]*br[ \t]*;[ \t]*q=([\d.]+))(?=(?:.*,)?[ \t]*gzip[ \t]*;[ \t]*q=([\d.]+))#i && $2 > $1)`,
].join(' || ');

/** In the order they are tried; `pattern` is in Accept-Encoding when the client takes it. RFC 9110 §12.5.3 */
const encodings = [
  { suffix: 'gz', coding: 'gzip', condition: gzipRather },
  { suffix: 'br', coding: 'br', condition: null },
  { suffix: 'gz', coding: 'gzip', condition: null },
].map((each) => ({
  ...each,
  pattern: String.raw`(?i)(?:^|,)[ \t]*${each.coding}[ \t]*(?:,|$|;[ \t]*q=(?:1|0\.0*[1-9]))`,
}));

/**
 * What bundlers call a file after its content: 8 characters that are no words, or a longer hexadecimal number; never
 * digits alone, which may be a date. What looks like words (chapter1, fooButton) is asked for again rather than kept.
 */
const hashedNames = [
  String.raw`[.-](?=[\w-]*[A-Za-z])(?=[\w-]*\d|[\w-]+[A-Z])(?!(?:[A-Z]?[a-z]++|[_-])++\d*\.)[\w-]{8}`,
  String.raw`[.-](?=[0-9a-f]*[a-f])(?=[a-f]*\d)[0-9a-f]{9,64}`,
].join('|');

/** What the files part and the routing of files lay out. */
export function filesContext(input: TemplateInput) {
  const { files, serverRoot, build } = input;
  const directoryIndex = input.directoryIndex ?? (files.spa ? 'index.html' : undefined);
  const hasDir = directoryIndex !== undefined || files.directoryListing;
  const allowOverride = files.allowOverride.join(' ');
  return {
    documentRoot: input.documentRoot,
    directoryIndex: directoryIndex === undefined ? null : directoryIndexName(directoryIndex),
    // mod_dir serves index.html without being asked, and, compiled in, adds slashes too.
    hasUnwantedIndex: directoryIndex === undefined && (hasDir || build.staticModules.includes('dir')),
    hasUnwantedSlash: !hasDir && build.staticModules.includes('dir'),
    directoryOptions: files.directoryListing ? 'FollowSymLinks Indexes' : 'FollowSymLinks',
    hasListing: files.directoryListing,
    // The app answers for directories below its mount point.
    listsDocumentRoot: files.directoryListing && input.app?.mountPoint !== '/',
    unlistedFiles,
    unlistedDirectories,
    privateNames,
    allowOverride: allowOverride === '' ? null : allowOverride,
    // [END] also ends the rules of .htaccess files.
    fileFlag: allowOverride === '' || allowOverride === 'None' ? 'END' : 'L',
    hasMimeTypes: (files.mimeTypesPath ?? build.mimeTypesPath) !== undefined,
    mimeTypesPath: files.mimeTypesPath ?? build.mimeTypesPath ?? path.join(serverRoot, 'mime.types'),
    enableSendfile: files.enableSendfile,
    rewriteRulesPath: files.rewriteRulesPath ?? path.join(serverRoot, 'rewrite.conf'),
    errorDocuments: files.errorDocuments.map(errorDocument),
    hasErrorDocuments: files.errorDocuments.length > 0,
    errorOverride: files.errorOverride ? errorOverride(files) : null,
    spa:
      files.spa === undefined ? null : { outside: spaExceptions(files.spa.exclude, input.app?.mountPoint) },
    appPrefixes: input.app === undefined ? [] : [input.app.mountPoint],
    hashedNames,
    precompressed: files.precompressed,
    compressedTypes,
    compressedExtensions: compressedTypes.map(({ extension }) => extension).join('|'),
    encodings,
  };
}

/** mod_rewrite takes no backslash at the end of an unquoted argument, and mod_dir `disabled` for no name at all. */
function directoryIndexName(name: string): string {
  if (name !== '' && !/[/\\]|^(?:\.{1,2}|disabled)$/i.test(name)) return name;
  throw new UnusableValueError(
    'the directory index',
    name,
    'a file name other than disabled, without slashes and backslashes',
  );
}

/**
 * httpd takes the argument of ErrorDocument for text or a URL elsewhere when it is no path, for text when it has a space
 * (httpd 2.4.71), and for an expression always.
 */
function errorDocument([status, url]: readonly [number, string]): { status: number; url: string } {
  if (/^\/[^%?#$\\]+$/.test(url)) return { status, url: url.replaceAll(' ', '%20') };
  throw new UnusableValueError('an error document', url, 'a URL path without % ? # $ and backslashes');
}

/** The statuses that have a document, else all; a list needs httpd 2.4.47. */
function errorOverride({ errorDocuments }: FileSettings): string {
  return ['On', ...new Set(errorDocuments.map(([status]) => status))].join(' ');
}

/** An app at `/` is left what is no navigation. */
function spaExceptions(excluded: readonly string[], mountPoint: string | undefined): string[] {
  return [...excluded, ...(mountPoint === undefined || mountPoint === '/' ? [] : [mountPoint])];
}
