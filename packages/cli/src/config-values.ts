/** What a configuration file says → values as the command line would have them, so that both are judged alike. Pure. */
import { ConfigKeyError, ConfigValueError, showControls } from './errors.ts';
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
  if (!isPlainObject(config))
    throw new ConfigValueError(source, undefined, {
      value: config,
      expected: 'an object of options',
      isSecret: false,
    });
  const specs = indexSpecs(table);
  const values: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(config)) {
    const found = specs.get(name);
    if (found === undefined) throw new ConfigKeyError(source, name, findNearName(name, [...specs.keys()]));
    // As if it were not there: `port: process.env.X && 80`.
    if (value === undefined) continue;
    const raw = toRaw(found.spec, value);
    if ('expected' in raw)
      throw new ConfigValueError(source, `${name}${raw.at}`, {
        ...raw,
        isSecret: found.spec.secret === true,
      });
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

/** What is wrong in the value of an option, and where: `.DEBUG`, `[1]`, or empty for all of it. */
interface Problem {
  readonly at: string;
  readonly value: unknown;
  readonly expected: string;
}

function toRaw(spec: OptionSpec<unknown>, value: unknown): readonly string[] | Problem {
  const count = parseFlags(spec).placeholders.length;
  if (count === 0)
    return typeof value === 'boolean' ? [value ? 'on' : 'off'] : { at: '', value, expected: 'true or false' };
  const toOne = count === 2 ? toPair : toText;
  if (spec.repeatable !== true) return gather([toOne(spec, value, '')]);
  if (count === 2 && isPlainObject(value))
    return gather(Object.entries(value).map((pair) => toPair(spec, pair, '', () => showMember(pair[0]))));
  if (Array.isArray(value)) return gather(value.map((each, index) => toOne(spec, each, `[${index}]`)));
  return { at: '', value, expected: count === 2 ? 'an array of pairs, or an object' : 'an array of strings' };
}

function gather(found: readonly (string | Problem)[]): readonly string[] | Problem {
  const raw: string[] = [];
  for (const each of found) {
    if (typeof each !== 'string') return each;
    raw.push(each);
  }
  return raw;
}

/** `.NAME`, or `["/static"]` */
function showMember(name: string): string {
  return /^[a-z_$][\w$]*$/i.test(name) ? `.${name}` : `[${showControls(JSON.stringify(name))}]`;
}

function toPair(
  spec: OptionSpec<unknown>,
  value: unknown,
  at: string,
  atHalf = (index: number) => `${at}[${index}]`,
): string | Problem {
  if (!Array.isArray(value) || value.length !== 2) return { at, value, expected: 'an array of two values' };
  const halves = value as unknown[];
  const words = halves.map(toWord);
  const raw = words.join(PAIR_SEPARATOR);
  const wrong = halves.findIndex(
    (half, index) =>
      words[index] === undefined || (typeof half === 'number' && !acceptsNumber(spec, raw, index)),
  );
  return wrong < 0 ? raw : { at: atHalf(wrong), value: halves[wrong], expected: 'a string' };
}

function toText(spec: OptionSpec<unknown>, value: unknown, at: string): string | Problem {
  const raw = toWord(value);
  if (raw !== undefined && (typeof value === 'string' || acceptsNumber(spec, raw))) return raw;
  return { at, value, expected: acceptsNumber(spec, '1') ? 'a string or a number' : 'a string' };
}

function toWord(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  return typeof value === 'string' && !value.includes(PAIR_SEPARATOR) ? value : undefined;
}

/** A number stands where the option, or this half of a pair, makes one of it; whether it is one of the right size is for `parse` to say. */
function acceptsNumber(spec: OptionSpec<unknown>, raw: string, half?: number): boolean {
  try {
    const parsed = spec.parse(raw);
    return typeof (half === undefined ? parsed : (parsed as unknown[])[half]) === 'number';
  } catch (error) {
    if (error instanceof RangeError) return true; // the same value is refused again, with its reason
    throw error;
  }
}

/** Made by braces: what a Map or a Date has is not in its properties. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
