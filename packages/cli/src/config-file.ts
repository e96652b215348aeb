/** Finds and loads the file with options. TypeScript is compiled by the loader that apps use, which is only loaded for it. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { type Weakness, findWeakness } from '@httpd-express/supervisor';

import { isPlainObject, readConfigValues } from './config-values.ts';
import { ConfigFileError, OptionConflictError, SeveralConfigsError, describeValue } from './errors.ts';
import { type OptionTable } from './option-spec.ts';
import { configurationOptions } from './options/configuration.ts';
import { requireFile } from './require-path.ts';
import { type FileSettings, type RawValues, resolveSettings } from './settings.ts';

const fileNames = ['ts', 'js', 'mjs', 'json'].map((extension) => `express.config.${extension}`);

/** Keys of package.json; the first is nobody else's. */
const packageKeys = ['httpd-express', 'express'] as const;

/** Where options are: a file of its own, or a key of package.json. */
interface ConfigPlace {
  readonly path: string;
  readonly source: string;
  readonly load: () => unknown;
}

/**
 * The options of a file: the one that is named, else the one in the current directory, if there is one.
 *
 * @throws {ConfigFileError | ConfigKeyError | ConfigValueError | SeveralConfigsError | OptionConflictError | PathError}
 */
export async function loadConfig(
  table: OptionTable,
  from: { readonly values: RawValues; readonly env: NodeJS.ProcessEnv; readonly cwd: string },
): Promise<FileSettings | undefined> {
  const { settings, sources } = resolveSettings(configurationOptions, from);
  const { config: named, ignoreConfig } = settings;
  if (ignoreConfig && named !== undefined)
    throw new OptionConflictError(sources.ignoreConfig.name, `contradicts ${sources.config.name} ${named}`);
  if (ignoreConfig) return undefined;
  if (named !== undefined) requireFile(sources.config.name, named);
  const place = named === undefined ? findPlace(from.cwd) : toPlace(named);
  if (place === undefined) return undefined;
  requireTrusted(place.path, named !== undefined);
  return readConfigValues(table, await place.load(), place);
}

function findPlace(directory: string): ConfigPlace | undefined {
  const places = fileNames
    .map((name) => path.join(directory, name))
    .filter((file) => existsSync(file))
    .map(toPlace);
  const manifest = path.join(directory, 'package.json');
  if (existsSync(manifest)) places.push(...packagePlaces(manifest));
  if (places.length > 1) throw new SeveralConfigsError(places.map(({ source }) => source));
  return places[0];
}

function toPlace(file: string): ConfigPlace {
  if (path.basename(file) === 'package.json') {
    const [first, second] = packagePlaces(file);
    if (first === undefined) throw new ConfigFileError(file, `it has no key ${packageKeys.join(' or ')}`);
    if (second !== undefined) throw new SeveralConfigsError([first.source, second.source]);
    return first;
  }
  const load = path.extname(file) === '.json' ? () => readJson(file) : () => importConfig(file);
  return { path: file, source: file, load };
}

function packagePlaces(file: string): ConfigPlace[] {
  // Not every package.json is ours to judge: only one that mentions us is parsed.
  if (!packageKeys.some((key) => readText(file).includes(`"${key}"`))) return [];
  const manifest = readJson(file);
  const holder = (typeof manifest === 'object' && manifest !== null ? manifest : {}) as Record<
    string,
    unknown
  >;
  return packageKeys
    .filter((key) => Object.hasOwn(holder, key))
    .map((key) => ({ path: file, source: `${file} (${key})`, load: () => holder[key] }));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigFileError(file, (error as Error).message, error);
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readText(file)) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ConfigFileError(file, error.message, error);
  }
}

/** The default export, or what it returns or resolves to. */
async function importConfig(file: string): Promise<unknown> {
  try {
    // Node keeps a module by its URL, and a running server reads the file again.
    const url = `${pathToFileURL(file).href}?${statSync(file).mtimeMs}`;
    const namespace = (/\.[cm]?ts$/.test(file) ? await importTypeScript(url) : await import(url)) as {
      readonly default?: unknown;
    };
    const exported = unwrap(namespace.default);
    const config: unknown =
      typeof exported === 'function' ? await (exported as () => unknown)() : await exported;
    if (config !== undefined) return takeValues(config);
  } catch (error) {
    throw new ConfigFileError(file, describeThrown(error, file), error);
  }
  throw new ConfigFileError(file, 'it has no default export, expected an object of options');
}

/** As deep as values of options go: `{ urlAlias: [['/static', './assets']] }`. */
const VALUE_DEPTH = 3;

/** Calls its getters here, where what they throw is known to be the file's. */
function takeValues(value: unknown, depth = VALUE_DEPTH): unknown {
  if (depth === 0) return value;
  if (Array.isArray(value)) return value.map((each) => takeValues(each, depth - 1));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, takeValues(each, depth - 1)]));
}

/** TypeScript in a package that is not `"type": "module"` is compiled to CommonJS, whose exports are one object. */
function unwrap(exported: unknown): unknown {
  const isCompiled = typeof exported === 'object' && exported !== null && '__esModule' in exported;
  return isCompiled ? (exported as { readonly default?: unknown }).default : exported;
}

async function importTypeScript(url: string): Promise<unknown> {
  // Its cache would be left behind in the temporary directory, as root for root alone.
  const before = process.env['TSX_DISABLE_CACHE'];
  process.env['TSX_DISABLE_CACHE'] = '1';
  try {
    const { tsImport } = await import('tsx/esm/api');
    return await tsImport(url, import.meta.url);
  } finally {
    if (before === undefined) delete process.env['TSX_DISABLE_CACHE'];
    else process.env['TSX_DISABLE_CACHE'] = before;
  }
}

/** With the line of the file it came from, where that is known. */
function describeThrown(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `it threw ${describeValue(error)}`;
  const at = (error.stack ?? '').split(file)[1];
  const [, line] = /^(?:\?[^:]*)?:(\d+)/.exec(at ?? '') ?? [];
  return `${error.name}: ${error.message}${line === undefined ? '' : ` (line ${line})`}`;
}

/**
 * It decides what runs, and runs with our rights. As root nobody else may be able to change or replace it; anybody
 * refuses one that merely lies in the current directory and belongs to somebody else, as it may in /tmp.
 */
function requireTrusted(file: string, isNamed: boolean): void {
  const uid = process.geteuid?.();
  if (uid === undefined || (uid !== 0 && isNamed)) return;
  const weakness = uid === 0 ? findWeakness(path.resolve(file)) : findForeignOwner(file, uid);
  if (weakness === undefined) return;
  const which = weakness.path === path.resolve(file) ? 'it' : weakness.path;
  throw new ConfigFileError(file, `${which} ${weakness.problem}, and it would run with your rights`);
}

function findForeignOwner(file: string, uid: number): Weakness | undefined {
  const { uid: owner } = statSync(file);
  return owner === 0 || owner === uid
    ? undefined
    : { path: path.resolve(file), problem: `belongs to uid ${owner}` };
}
