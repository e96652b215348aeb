/** What a configuration file says → values as the command line would have them, so that both are judged alike. Pure. */
import { ConfigKeyError, ConfigValueError } from './errors.ts';
import { findNearName } from './near-name.ts';
import { type OptionSpec, type OptionTable, PAIR_SEPARATOR, configName, parseFlags } from './option-spec.ts';
import { type FileSettings } from './settings.ts';

/**
 * `source` is the file as messages name it, `path` where its relative paths start.
 *
 * @throws {ConfigKeyError} ERR_CLI_CONFIG_KEY
 * @throws {ConfigValueError} ERR_CLI_CONFIG_VALUE
 */
export function readConfigValues(
  table: OptionTable,
  config: unknown,
  { path, source }: Pick<FileSettings, 'path' | 'source'>,
): FileSettings {
  if (!isObject(config)) throw new ConfigValueError(source, undefined, config, 'an object of options');
  const specs = indexSpecs(table);
  const values: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(config)) {
    const found = specs.get(name);
    if (found === undefined) throw new ConfigKeyError(source, name, findNearName(name, [...specs.keys()]));
    // As if it were not there: `port: process.env.X && 80`.
    if (value === undefined) continue;
    const raw = toRaw(found.spec, value);
    if (typeof raw === 'string') throw new ConfigValueError(source, name, value, raw);
    values[found.key] = raw;
  }
  return { path, source, values };
}

/** Every name an option goes by in a file. */
function indexSpecs(table: OptionTable): Map<string, { key: string; spec: OptionSpec<unknown> }> {
  return new Map(
    Object.entries(table)
      .filter(([, spec]) => spec.notInFile !== true)
      .map(([key, spec]) => [configName(spec), { key, spec }]),
  );
}

/** The raw values, or in a string what was expected. */
function toRaw(spec: OptionSpec<unknown>, value: unknown): readonly string[] | string {
  const count = parseFlags(spec).placeholders.length;
  if (count === 0) return typeof value === 'boolean' ? [value ? 'on' : 'off'] : 'true or false';
  const toOne = count === 2 ? toPair : toText;
  const one = (each: unknown) => toOne(spec, each);
  if (spec.repeatable !== true) return gather([one(value)], expectedOne(spec, count));
  const list = count === 2 && isObject(value) ? Object.entries(value) : value;
  const expected = count === 2 ? 'an array of pairs, or an object' : 'an array of strings';
  return Array.isArray(list) ? gather(list.map(one), expected) : expected;
}

function gather(raw: readonly (string | undefined)[], expected: string): readonly string[] | string {
  return raw.every((each) => each !== undefined) ? raw : expected;
}

function expectedOne(spec: OptionSpec<unknown>, count: number): string {
  if (count === 2) return 'an array of two values';
  return toText(spec, 1) === undefined ? 'a string' : 'a string or a number';
}

function toPair(spec: OptionSpec<unknown>, value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [first, second] = value as unknown[];
  const halves = [toWord(first), toWord(second)];
  if (halves.includes(undefined)) return undefined;
  const raw = halves.join(PAIR_SEPARATOR);
  const numbers = [first, second].map((half) => typeof half === 'number');
  return numbers.includes(true) && !acceptsNumbers(spec, raw, numbers) ? undefined : raw;
}

function toText(spec: OptionSpec<unknown>, value: unknown): string | undefined {
  const raw = toWord(value);
  const isRefused = typeof value === 'number' && raw !== undefined && !acceptsNumbers(spec, raw, [true]);
  return isRefused ? undefined : raw;
}

function toWord(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  return typeof value === 'string' && !value.includes(PAIR_SEPARATOR) ? value : undefined;
}

/** A number stands where the option makes one of it; whether it is one of the right size is for `parse` to say. */
function acceptsNumbers(spec: OptionSpec<unknown>, raw: string, numbers: readonly boolean[]): boolean {
  try {
    const parsed = spec.parse(raw);
    const halves: unknown[] = numbers.length === 2 ? (parsed as unknown[]) : [parsed];
    return numbers.every((isNumber, index) => !isNumber || typeof halves[index] === 'number');
  } catch (error) {
    if (error instanceof RangeError) return true; // the same value is refused again, with its reason
    throw error;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
