/** The command line that means the same as the settings in effect, wherever they came from. Goes into generated files. */
import { type OptionSpec, PAIR_SEPARATOR, parseFlags } from './option-spec.ts';
import { onOff } from './option-values.ts';
import { type ServerSettings, serverOptions } from './options.ts';
import { type ResolvedSettings } from './settings.ts';

/** `express setup-server app.ts --port 80`: operands and every value that is not a default, quoted for a shell. Values of `--setenv` are secrets and hidden. */
export function describeCommand(
  { sources, written }: ResolvedSettings<typeof serverOptions>,
  operands: readonly string[],
): string {
  const entries = Object.entries(serverOptions) as [keyof ServerSettings, OptionSpec<unknown>][];
  const options = entries
    .filter(([key]) => sources[key].kind !== 'default' && key !== 'setupOnly')
    .flatMap(([key, spec]) => written[key].flatMap((raw) => describeOption(key, spec, raw)));
  return ['express', 'setup-server', ...operands.map(quote), ...options].join(' ');
}

function describeOption(key: string, spec: OptionSpec<unknown>, raw: string): string[] {
  const { name, placeholders } = parseFlags(spec);
  if (placeholders.length === 0) return [onOff(raw) ? `--${name}` : `--no-${name}`];
  const values = raw.split(PAIR_SEPARATOR);
  return key === 'setenv'
    ? [`--${name}`, quote(values[0] ?? ''), "'***'"]
    : [`--${name}`, ...values.map(quote)];
}

function quote(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
