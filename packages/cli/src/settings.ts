/** Defaults < file < environment < command line. Every value, whatever its source, goes through the table's own `parse`. */
import path from 'node:path';

import { OptionRepeatedError, OptionValueError, showValue } from './errors.ts';
import {
  HIDDEN,
  type OptionSpec,
  type OptionTable,
  PAIR_SEPARATOR,
  type SettingsOf,
  configName,
  environmentName,
  parseFlags,
} from './option-spec.ts';

/** Option key → values as written. */
export type RawValues = Readonly<Record<string, readonly string[] | undefined>>;

/** What a configuration file says, in the form of the command line. */
export interface FileSettings {
  /** Absolute. Its directory is what relative paths in it are relative to. */
  readonly path: string;
  /** The file as messages name it: where it is a part of another, with that part. */
  readonly source: string;
  readonly values: RawValues;
}

/** Where a value came from, and what to call it in a message: `--port`, `EXPRESS_PORT`, `port in /srv/express.config.ts`. */
export interface Source {
  readonly kind: 'default' | 'file' | 'environment' | 'argv';
  readonly name: string;
}

export interface ResolvedSettings<Table extends OptionTable> {
  readonly settings: SettingsOf<Table>;
  readonly sources: Readonly<Record<keyof Table, Source>>;
  /** The values in effect, as they were written. */
  readonly written: Readonly<Record<keyof Table, readonly string[]>>;
  /** The configuration file, when there is one. */
  readonly configPath?: string;
}

/** Everything options may come from. */
interface Origins {
  readonly values: RawValues;
  readonly env: NodeJS.ProcessEnv;
  readonly file?: FileSettings | undefined;
}

/**
 * A source replaces a lower one as a whole, also where an option repeats. An empty variable counts as none.
 *
 * @throws {OptionRepeatedError} ERR_CLI_OPTION_REPEATED
 * @throws {OptionValueError} ERR_CLI_OPTION_VALUE
 */
export function resolveSettings<Table extends OptionTable>(
  table: Table,
  from: Origins,
): ResolvedSettings<Table> {
  const settings: Record<string, unknown> = {};
  const sources: Record<string, Source> = {};
  const written: Record<string, readonly string[]> = {};
  for (const [key, spec] of Object.entries(table)) {
    const { source, raw, directory } = chooseSource(key, spec, from);
    const parsed = raw.map((value) => parseOne(spec, source, value, directory));
    settings[key] = spec.repeatable ? parsed : parsed[0];
    sources[key] = source;
    written[key] = raw;
  }
  const configPath = from.file?.path;
  return {
    settings,
    sources,
    written,
    ...(configPath !== undefined && { configPath }),
  } as ResolvedSettings<Table>;
}

interface Chosen {
  /** What relative paths are relative to; absent means the current directory. */
  readonly directory?: string;
  readonly source: Source;
  readonly raw: readonly string[];
}

function chooseSource(key: string, spec: OptionSpec<unknown>, { values: all, env, file }: Origins): Chosen {
  const { name } = parseFlags(spec);
  const values = all[key];
  if (values !== undefined) {
    if (!spec.repeatable && values.length > 1) throw new OptionRepeatedError(name, values);
    return { source: { kind: 'argv', name: `--${name}` }, raw: values };
  }
  const variable = [environmentName(spec), spec.alsoEnv ?? ''].find((each) => (env[each] ?? '') !== '');
  if (variable !== undefined)
    return { source: { kind: 'environment', name: variable }, raw: splitVariable(spec, env[variable] ?? '') };
  const inFile = file?.values[key];
  if (file !== undefined && inFile !== undefined)
    return {
      source: { kind: 'file', name: `${configName(spec)} in ${file.source}` },
      raw: inFile,
      directory: path.dirname(file.path),
    };
  return {
    source: { kind: 'default', name: `--${name}` },
    raw: spec.default === undefined ? [] : [spec.default],
  };
}

/** One value per line where an option repeats: no value can contain a line break. `NAME=VALUE` where it takes two. */
function splitVariable(spec: OptionSpec<unknown>, value: string): string[] {
  const lines = spec.repeatable ? value.split('\n').filter((line) => line !== '') : [value];
  const isPair = parseFlags(spec).placeholders.length === 2;
  return isPair ? lines.map((line) => line.replace('=', PAIR_SEPARATOR)) : lines;
}

function parseOne(spec: OptionSpec<unknown>, source: Source, raw: string, directory?: string): unknown {
  try {
    return spec.parse(raw, directory);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OptionValueError(showGiven(spec, source, raw), error.message);
  }
}

/** `--url-alias /static ./htdocs`, `EXPRESS_URL_ALIAS=/static=./htdocs`, `--env TOKEN ***` */
function showGiven({ secret }: OptionSpec<unknown>, { kind, name }: Source, raw: string): string {
  const given = raw.split(PAIR_SEPARATOR);
  const values = secret === true ? [...given.slice(0, -1), HIDDEN] : given;
  if (kind === 'environment') return `${name}=${showValue(values.join('='))}`;
  return [kind === 'file' ? `${name}:` : name, ...values.map(showValue)].join(' ');
}
