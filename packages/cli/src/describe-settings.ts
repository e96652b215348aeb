/** The settings in effect and where each came from, for `express config`. Secrets are hidden. */
import { HIDDEN, type OptionSpec, type OptionTable, PAIR_SEPARATOR, configName } from './option-spec.ts';
import { showValue } from './errors.ts';
import { type ResolvedSettings, type Source } from './settings.ts';

/** One option, as a configuration file would have it; absent `value`: none. */
export interface DescribedSetting {
  readonly name: string;
  readonly value?: unknown;
  readonly source: Source['kind'];
  /** `--port`, `EXPRESS_PORT`, `port in /srv/express.config.ts`; absent for a default. */
  readonly from?: string;
}

export function describeSettings<Table extends OptionTable>(
  table: Table,
  { settings, sources, written }: ResolvedSettings<Table>,
): DescribedSetting[] {
  return Object.entries(table).map(([key, spec]) => {
    const { kind, name } = sources[key] as Source;
    const value = describeValue(spec, settings[key], written[key] ?? []);
    return {
      name: configName(spec),
      ...(value !== undefined && { value }),
      source: kind,
      ...(kind !== 'default' && { from: name }),
    };
  });
}

/** One line each: name, value, source. */
export function formatSettingsTable(described: readonly DescribedSetting[]): string {
  const rows = described.map(
    ({ name, value, source, from }) => [name, formatValue(value), from ?? source] as const,
  );
  const width = (column: 0 | 1) => Math.min(40, Math.max(...rows.map((row) => row[column].length)));
  const [first, second] = [width(0), width(1)];
  return rows
    .map(([name, value, from]) => `${name.padEnd(first)}  ${value.padEnd(second)}  ${from}\n`)
    .join('');
}

function formatValue(value: unknown): string {
  if (value === undefined) return '-';
  return typeof value === 'string' ? showValue(value) : JSON.stringify(value);
}

function describeValue(spec: OptionSpec<unknown>, parsed: unknown, written: readonly string[]): unknown {
  const values = spec.repeatable === true ? (parsed as unknown[]) : [parsed];
  const shown = values.map((value, index) => hide(spec, describeOne(value, written[index] ?? '')));
  return spec.repeatable === true ? shown : shown[0];
}

/** Paths are shown as they were resolved, times and sizes as they were written. */
function describeOne(parsed: unknown, raw: string): unknown {
  if (Array.isArray(parsed)) {
    const halves = raw.split(PAIR_SEPARATOR);
    return parsed.map((half, index) => describeOne(half, halves[index] ?? ''));
  }
  if (typeof parsed !== 'number')
    return typeof parsed === 'string' || typeof parsed === 'boolean' ? parsed : undefined;
  return String(Number(raw)) === raw ? Number(raw) : raw;
}

function hide({ secret }: OptionSpec<unknown>, value: unknown): unknown {
  if (secret !== true || value === undefined) return value;
  return Array.isArray(value) ? [...(value as unknown[]).slice(0, -1), HIDDEN] : HIDDEN;
}
