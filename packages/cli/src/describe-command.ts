/** The command line that means the same as the settings in effect, wherever they came from. Goes into generated files. */
import { escapeVariables } from './expand-variables.ts';
import { type OptionSpec, PAIR_SEPARATOR, parseFlags } from './option-spec.ts';
import { onOff } from './option-values.ts';
import { type ServerSettings, serverOptions } from './options.ts';
import { type ResolvedSettings } from './settings.ts';

/** `express setup-server app.ts --port 80`: operands and every value that is not a default, quoted for a shell. A secret is a variable to be set; a configuration file is named, not repeated. */
export function describeCommand(
  { sources, written, configPath }: ResolvedSettings<typeof serverOptions>,
  operands: readonly string[],
): string {
  const entries = Object.entries(serverOptions) as [keyof ServerSettings, OptionSpec<unknown>][];
  const options = entries
    .filter(([key]) => !['default', 'file'].includes(sources[key].kind) && !unrepeated.has(key))
    .flatMap(([key, spec]) => written[key].flatMap((raw) => describeOption(spec, raw)));
  if (configPath !== undefined) options.unshift('--config', quote(configPath));
  return ['express', 'setup-server', ...operands.map(quote), ...options].join(' ');
}

/** What the command says by being that command, or is said once for all. */
const unrepeated: ReadonlySet<string> = new Set(['setupOnly', 'config']);

function describeOption(spec: OptionSpec<unknown>, raw: string): string[] {
  const { name, placeholders } = parseFlags(spec);
  if (placeholders.length === 0) return [onOff(raw) ? `--${name}` : `--no-${name}`];
  const values = raw.split(PAIR_SEPARATOR);
  if (spec.secret !== true) return [`--${name}`, ...values.map(quote)];
  const names = values.slice(0, -1);
  // An error until it is set: whoever runs the command as it is loses no secret.
  return [`--${name}`, ...names.map(quote), `'\${${['SECRET', ...names].join('_')}}'`];
}

function quote(value: string): string {
  // Read again, `${NAME}` would be a variable: see expand-variables.ts.
  const literal = escapeVariables(value);
  return /^[\w@%+=:,./-]+$/.test(literal) ? literal : `'${literal.replaceAll("'", "'\\''")}'`;
}
