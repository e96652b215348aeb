import { inspect } from 'node:util';

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

/** An argument names a variable that is not set. */
export class VariableError extends Error {
  readonly code = 'ERR_CLI_VARIABLE';
  readonly hint: string;
  /** The argument around it may be a secret. */
  constructor(name: string) {
    super(`\${${name}}: the variable ${name} is not set`);
    this.hint = `set it, or write $\${${name}} for that text itself`;
  }
}

/** The file with options cannot be read, loaded or trusted. */
export class ConfigFileError extends Error {
  readonly code = 'ERR_CLI_CONFIG_FILE';
  readonly hint = 'name another with --config FILE, or start without one with --ignore-config';
  constructor(file: string, problem: string, cause?: unknown) {
    super(`cannot take options from ${file}: ${problem}`, { cause });
  }
}

/** The current directory has more than one file with options. */
export class SeveralConfigsError extends Error {
  readonly code = 'ERR_CLI_SEVERAL_CONFIGS';
  readonly hint = 'choose one with --config FILE, or take none of them with --ignore-config';
  constructor(sources: readonly string[]) {
    super(`which options are meant is not clear: there are ${sources.join(' and ')}`);
  }
}

/** A file with options has a key that is no option. */
export class ConfigKeyError extends Error {
  readonly code = 'ERR_CLI_CONFIG_KEY';
  readonly hint: string;
  constructor(source: string, key: string, meant: string | undefined) {
    super(`${source}: ${showValue(key)} is not an option`);
    this.hint =
      meant === undefined
        ? 'names are those of the command line in camel case: documentRoot for --document-root'
        : `did you mean ${meant}?`;
  }
}

/** A file with options has a value of the wrong type. */
export class ConfigValueError extends Error {
  readonly code = 'ERR_CLI_CONFIG_VALUE';
  /** @param key which value: `port`, `env.DEBUG`; undefined for all of the file */
  constructor(
    source: string,
    key: string | undefined,
    { value, expected, isSecret }: { value: unknown; expected: string; isSecret: boolean },
  ) {
    const which = key === undefined ? '' : ` ${key}:`;
    super(
      `${source}:${which} ${isSecret ? describeType(value) : describeValue(value)}: expected ${expected}`,
    );
  }
}

function describeType(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  return value === null ? 'null' : `a value of type ${typeof value}`;
}

/** A value of whatever type as shown in messages, on one line. */
export function describeValue(value: unknown): string {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'undefined')
    return describeType(value);
  const shown = typeof value === 'string' ? JSON.stringify(value) : inspect(value, inspection);
  return showControls(shown.slice(0, 200));
}

/** On one line, and nothing of a configuration file is called. */
const inspection = { breakLength: Infinity, compact: true, customInspect: false, getters: false } as const;

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

/** A certificate or key cannot be served: it is not PEM, has expired, or does not belong to the other. */
export class CertificateError extends Error {
  readonly code = 'ERR_CLI_CERTIFICATE';
  readonly hint?: string;
  /** @param given where it was named: `--ssl-certificate-file` */
  constructor(given: string, path: string, problem: string, hint?: string) {
    super(`${given} ${showValue(path)}: ${problem}`);
    if (hint !== undefined) this.hint = hint;
  }
}

/** The program that `--node-executable` names is not a Node that can run workers. */
export class NodeExecutableError extends Error {
  readonly code = 'ERR_CLI_NODE_EXECUTABLE';
  readonly hint = 'name a Node 20.19 or later that the account of the app may run, or leave the option out';
  constructor(file: string, problem: string) {
    super(`--node-executable ${showValue(file)}: ${problem}`);
  }
}

/** The Node of the workers does not take the options it was to be given. */
export class NodeOptionError extends Error {
  readonly code = 'ERR_CLI_NODE_OPTION';
  readonly hint = 'Node prints what it knows with node --help and node --v8-options';
  constructor(options: readonly string[], version: string, problem: string) {
    super(`--node-option ${options.map(showValue).join(' ')}: Node ${version} refuses it: ${problem}`);
  }
}

/** The file with options has changed in a way that does not reach what runs. */
export class RestartNeededError extends Error {
  readonly code = 'ERR_CLI_RESTART_NEEDED';
  readonly hint = 'stop the server and start it again';
  constructor(file: string, changed: readonly string[]) {
    super(`cannot apply ${file} to what runs: a restart is needed for ${changed.join(', ')}`);
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
  return showControls(JSON.stringify(value));
}

/** JSON leaves these as they are, and a terminal may obey them. */
export function showControls(json: string): string {
  return json.replace(/[\x7f-\x9f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`);
}
