/** How the option table looks in `--help`: summaries under headings, with defaults and variables. */
import { Option } from 'commander';

import { type OptionSpec, environmentName, parseFlags } from './option-spec.ts';

/** After the list of commands. */
export const programHelp = `
Examples:
  express start-server app.ts
  express start-server app.ts --document-root ./htdocs --url-alias /static ./assets
  express start-server --application-type static --document-root .`;

/** After the options of a command that takes an app. */
export const commandHelp = `
Times are in seconds unless they carry ms, s, m or h. Sizes are in bytes unless they carry KB, MB or GB.
Every option can be given as a variable: EXPRESS_PORT for --port; one value per line where an option repeats,
NAME=VALUE where it takes two values; on or off for a switch, which also has a --no- form.`;

/** An option as Commander shows and tokenizes it; a switch is two, so that the command line can undo a variable. */
export function describeOption(key: string, spec: OptionSpec<unknown>): Option[] {
  const { name, placeholders } = parseFlags(spec);
  const option = new KeyedOption(key, spec.flags, summary(spec)).helpGroup(`${spec.section}:`);
  if (placeholders.length > 0) return [option];
  return [option.preset('on'), new KeyedOption(key, `--no-${name}`).preset('off').hideHelp()];
}

/** `8000` or the note that stands for it; undefined when there is no default worth showing. */
export function shownDefault({
  default: value,
  defaultNote,
  flags,
}: OptionSpec<unknown>): string | undefined {
  return parseFlags({ flags }).placeholders.length === 0 && value === 'off'
    ? undefined
    : (defaultNote ?? value);
}

function summary(spec: OptionSpec<unknown>): string {
  const [line = ''] = spec.help.split('\n');
  const shown = shownDefault(spec);
  const twin = spec.alsoEnv === undefined ? '' : ` (env: ${environmentName(spec)}, ${spec.alsoEnv})`;
  return `${line}${shown === undefined ? '' : ` (default: ${shown})`}${twin}`;
}

/** Values are kept under the key of the table, which may say more than the name: `requestTimeoutMs`. */
class KeyedOption extends Option {
  readonly #key: string;
  constructor(key: string, flags: string, description?: string) {
    super(flags, description);
    this.#key = key;
  }
  override attributeName(): string {
    return this.#key;
  }
}
