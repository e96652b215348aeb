import { type Flags } from './option-spec.ts';

/** The command line names no command. */
export class NoCommandError extends Error {
  readonly code = 'ERR_CLI_NO_COMMAND';
  readonly hint = 'the command comes first: express start-server app.ts; express --help lists them';
  constructor() {
    super('no command was given');
  }
}

/** The command line names a command or an option that does not exist, or an argument too many. */
export class UnknownArgumentError extends Error {
  readonly code = 'ERR_CLI_UNKNOWN_ARGUMENT';
  readonly hint: string;
  constructor(problem: string, suggestion?: string) {
    super(problem);
    this.hint = suggestion ?? 'express --help lists the commands, express COMMAND --help their options';
  }
}

/** An option has the wrong number of values: none, one of two, or one where it is a switch. */
export class OptionShapeError extends Error {
  readonly code = 'ERR_CLI_OPTION_SHAPE';
  readonly hint: string;
  constructor({ name, placeholders }: Pick<Flags, 'name' | 'placeholders'>, given: readonly string[]) {
    const found = given.length === 0 ? 'none' : `only ${given.map(showValue).join(' ')}`;
    super(
      placeholders.length === 0
        ? `--${name} is a switch and takes no value, but ${given.map(showValue).join(' ')} was given`
        : `--${name} takes ${placeholders.length === 1 ? 'a value' : 'two values'}, ${placeholders.join(' ')}, but ${found} was given`,
    );
    this.hint =
      placeholders.length === 0
        ? `--no-${name} switches it off`
        : `a first value that begins with -- is written --${name}=VALUE`;
  }
}

/** The value of an option is of the wrong kind or out of range. */
export class OptionValueError extends Error {
  readonly code = 'ERR_CLI_OPTION_VALUE';
  /** @param given where and what: `--port 0`, `EXPRESS_PORT=0` */
  constructor(given: string, expected: string) {
    super(`${given}: expected ${expected}`);
  }
}

/** An option that takes effect once is given twice. */
export class OptionRepeatedError extends Error {
  readonly code = 'ERR_CLI_OPTION_REPEATED';
  constructor(name: string, values: readonly string[]) {
    super(
      `--${name} may be given once, but was given ${values.length} times: ${values.map(showValue).join(', ')}`,
    );
  }
}

/** Two options contradict each other, or one needs another. */
export class OptionConflictError extends Error {
  readonly code = 'ERR_CLI_OPTION_CONFLICT';
  constructor(given: string, problem: string) {
    super(`${given}: ${problem}`);
  }
}

/** A file or directory named by an option is missing, unreadable or of the other kind. */
export class PathError extends Error {
  readonly code = 'ERR_CLI_PATH';
  readonly hint?: string;
  /** @param given where it was named: `--document-root`, `the app` */
  constructor(given: string, path: string, problem: string, hint?: string) {
    super(`${given} ${showValue(path)}: ${problem}`);
    if (hint !== undefined) this.hint = hint;
  }
}

/** No server root was named, and none of this user in the default place has a supervisor that answers. */
export class NothingRunsError extends Error {
  readonly code = 'ERR_CLI_NOTHING_RUNS';
  readonly hint = 'name its directory with --server-root, or start one with express start-server';
  constructor() {
    super('nothing runs: no server root of this user in the default place answers');
  }
}

/** No server root was named, and several of this user run. */
export class SeveralRunError extends Error {
  readonly code = 'ERR_CLI_SEVERAL_RUN';
  readonly hint = 'choose one with --server-root';
  constructor(serverRoots: readonly string[]) {
    super(`which one is meant is not clear, ${serverRoots.length} run: ${serverRoots.join(', ')}`);
  }
}

/** A value as shown in messages: as it is where that is unambiguous, else quoted. */
export function showValue(value: string): string {
  if (/^[^\s"'\\\x00-\x1f\x7f-\x9f]+$/u.test(value)) return value;
  // JSON leaves these as they are, and a terminal may obey them.
  return JSON.stringify(value).replace(
    /[\x7f-\x9f]/g,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
}
