/** Defaults < environment < command line. Every value, whatever its source, goes through the table's own `parse`. */
import { OptionRepeatedError, OptionValueError, showValue } from './errors.ts';
import {
  type OptionSpec,
  type OptionTable,
  PAIR_SEPARATOR,
  type SettingsOf,
  environmentName,
  parseFlags,
} from './option-spec.ts';

/** Option key → values as written. */
export type RawValues = Readonly<Record<string, readonly string[] | undefined>>;

/** Where a value came from, and what to call it in a message: `--port`, `EXPRESS_PORT`. */
interface Source {
  readonly kind: 'default' | 'environment' | 'argv';
  readonly name: string;
}

export interface ResolvedSettings<Table extends OptionTable> {
  readonly settings: SettingsOf<Table>;
  readonly sources: Readonly<Record<keyof Table, Source>>;
  /** The values in effect, as they were written. */
  readonly written: Readonly<Record<keyof Table, readonly string[]>>;
}

/**
 * A source replaces a lower one as a whole, also where an option repeats. An empty variable counts as none.
 *
 * @throws {OptionRepeatedError} ERR_CLI_OPTION_REPEATED
 * @throws {OptionValueError} ERR_CLI_OPTION_VALUE
 */
export function resolveSettings<Table extends OptionTable>(
  table: Table,
  from: { readonly values: RawValues; readonly env: NodeJS.ProcessEnv },
): ResolvedSettings<Table> {
  const settings: Record<string, unknown> = {};
  const sources: Record<string, Source> = {};
  const written: Record<string, readonly string[]> = {};
  for (const [key, spec] of Object.entries(table)) {
    const { source, raw } = chooseSource(spec, from.values[key], from.env);
    const parsed = raw.map((value) => parseOne(spec, source, value));
    settings[key] = spec.repeatable ? parsed : parsed[0];
    sources[key] = source;
    written[key] = raw;
  }
  return { settings, sources, written } as ResolvedSettings<Table>;
}

interface Chosen {
  readonly source: Source;
  readonly raw: readonly string[];
}

function chooseSource(
  spec: OptionSpec<unknown>,
  values: readonly string[] | undefined,
  env: NodeJS.ProcessEnv,
): Chosen {
  const { name } = parseFlags(spec);
  if (values !== undefined) {
    if (!spec.repeatable && values.length > 1) throw new OptionRepeatedError(name, values);
    return { source: { kind: 'argv', name: `--${name}` }, raw: values };
  }
  const variable = [environmentName(spec), spec.alsoEnv ?? ''].find((each) => (env[each] ?? '') !== '');
  if (variable !== undefined)
    return { source: { kind: 'environment', name: variable }, raw: splitVariable(spec, env[variable] ?? '') };
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

function parseOne(spec: OptionSpec<unknown>, source: Source, raw: string): unknown {
  try {
    return spec.parse(raw);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OptionValueError(showGiven(source, raw), error.message);
  }
}

/** `--url-alias /static ./htdocs`, `EXPRESS_URL_ALIAS=/static=./htdocs` */
function showGiven({ kind, name }: Source, raw: string): string {
  const values = raw.split(PAIR_SEPARATOR);
  return kind === 'environment'
    ? `${name}=${showValue(values.join('='))}`
    : [name, ...values.map(showValue)].join(' ');
}
