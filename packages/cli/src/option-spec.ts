/** Headings of `--help` and `docs/options.md`, in the order they are shown. */
export const sections = [
  'Application',
  'Configuration',
  'Node and TypeScript',
  'Network',
  'HTTPS',
  'Access control',
  'Capacity',
  'Request limits',
  'Worker life and time limits',
  'Reloading',
  'Static files',
  'Beside the app',
  'Logging',
  'Accounts and files',
  'httpd',
  'Running servers',
] as const;

type Section = (typeof sections)[number];

/** One option, as people write it. Everything that knows an option derives from this. */
export interface OptionSpec<T> {
  /** `--port <number>`; two placeholders take two values; none is a switch, which also gets `--no-…`. The last name is the canonical one. */
  readonly flags: string;
  /** As it would be written on the command line, so that it goes through `parse` like any other value. Absent: no value. */
  readonly default?: string;
  /** Shown where `default` cannot say it. */
  readonly defaultNote?: string;
  /**
   * One raw value to a typed one; two values arrive joined by `PAIR_SEPARATOR`. Relative paths are relative to
   * `directory`, the current one where it is absent.
   *
   * @throws {RangeError} whose message is what was expected: `a whole number from 1 to 65535`
   */
  readonly parse: (raw: string, directory?: string) => T;
  readonly repeatable?: true;
  /** It has no place in a configuration file. */
  readonly notInFile?: true;
  /** The value, or the second of two, is hidden wherever options are shown. */
  readonly secret?: true;
  /** A variable of other tools that is respected when neither the option nor its own variable is given. */
  readonly alsoEnv?: string;
  readonly section: Section;
  /** First line: summary, for `--help`. Rest: consequences, units, related directives, for the manual. */
  readonly help: string;
}

export type OptionTable = Readonly<Record<string, OptionSpec<unknown>>>;

/** The typed values of a table: a list where an option repeats, `undefined` where it has no default. */
export type SettingsOf<Table extends OptionTable> = {
  readonly [K in keyof Table]: Table[K] extends { readonly repeatable: true }
    ? readonly ReturnType<Table[K]['parse']>[]
    : Table[K] extends { readonly default: string }
      ? ReturnType<Table[K]['parse']>
      : ReturnType<Table[K]['parse']> | undefined;
};

/** Joins the two values of a pair: the one character that no argument and no variable can contain. */
export const PAIR_SEPARATOR = '\0';

/** What is shown in place of a secret. */
export const HIDDEN = '***';

/** What `flags` says. */
export interface Flags {
  /** `url-alias` */
  readonly name: string;
  readonly aliases: readonly string[];
  /** `['<url>', '<path>']` */
  readonly placeholders: readonly string[];
}

export function parseFlags({ flags }: Pick<OptionSpec<unknown>, 'flags'>): Flags {
  const names = Array.from(flags.matchAll(/--([a-z0-9-]+)/g), ([, name = '']) => name);
  const placeholders = flags.match(/<[^>]+>/g) ?? [];
  return { name: names.at(-1) ?? '', aliases: names.slice(0, -1), placeholders };
}

/** `EXPRESS_URL_ALIAS` for `--url-alias`. */
export function environmentName(spec: Pick<OptionSpec<unknown>, 'flags'>): string {
  return `EXPRESS_${parseFlags(spec).name.toUpperCase().replaceAll('-', '_')}`;
}

/** `urlAlias` for `--url-alias`: the name in a configuration file. */
export function configName(spec: Pick<OptionSpec<unknown>, 'flags'>): string {
  return parseFlags(spec).name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
