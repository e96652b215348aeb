import { OptionShapeError } from './errors.ts';
import { type Flags, type OptionTable, PAIR_SEPARATOR, parseFlags } from './option-spec.ts';

/**
 * Rewrites every known option and its values into one argument, `--url-alias /static ./htdocs` into
 * `--url-alias=/static\0./htdocs`, and aliases into canonical names. Commander has no options of two values, and takes
 * whatever follows as a value, even another option; after this it sees neither. Unknown options are left to it.
 *
 * @throws {OptionShapeError} ERR_CLI_OPTION_SHAPE
 */
export function foldValues(argv: readonly string[], table: OptionTable): string[] {
  const flagsByName = indexFlags(table);
  const rest = [...argv];
  const folded: string[] = [];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--') return [...folded, argument, ...rest];
    const [, name = '', inline] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    const flags = flagsByName.get(name);
    folded.push(flags === undefined ? withoutValue(argument) : foldOne(flags, inline, rest, flagsByName));
  }
  return folded;
}

function foldOne(
  flags: Flags,
  inline: string | undefined,
  rest: string[],
  known: ReadonlyMap<string, Flags>,
): string {
  const wanted = flags.placeholders.length;
  const values = inline === undefined ? [] : [inline];
  while (values.length < wanted && rest[0] !== undefined && !isOption(rest[0], known))
    values.push(rest.shift() ?? '');
  if (values.length !== wanted) throw new OptionShapeError(flags, values);
  return wanted === 0 ? `--${flags.name}` : `--${flags.name}=${values.join(PAIR_SEPARATOR)}`;
}

/** Commander reports an unknown option; without its value it also finds the one that was meant. */
function withoutValue(argument: string): string {
  return argument.startsWith('--') ? argument.replace(/=.*$/s, '') : argument;
}

/** `--` and anything that begins with the name of an option; `--nonsense` may be a value. */
function isOption(argument: string, known: ReadonlyMap<string, Flags>): boolean {
  const [, name = ''] = /^--(?:no-)?([^=]*)/.exec(argument) ?? [];
  return argument === '--' || argument === '--help' || known.has(name);
}

function indexFlags(table: OptionTable): Map<string, Flags> {
  const all = Object.values(table).map(parseFlags);
  return new Map(all.flatMap((flags) => [flags.name, ...flags.aliases].map((name) => [name, flags])));
}
