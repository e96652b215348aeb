import { version } from './version.ts';

/** Exit status of an error of ours; any code that is not here exits with 1. */
export const exitStatuses: Readonly<Record<string, number>> = {
  ERR_CLI_NO_COMMAND: 2,
  ERR_CLI_UNKNOWN_ARGUMENT: 2,
  ERR_CLI_OPTION_SHAPE: 2,
  ERR_CLI_OPTION_VALUE: 2,
  ERR_CLI_OPTION_REPEATED: 2,
  ERR_CLI_OPTION_CONFLICT: 2,
  ERR_CLI_PATH: 2,
  ERR_CLI_CONFIG_FILE: 2,
  ERR_CLI_CONFIG_KEY: 2,
  ERR_CLI_CONFIG_VALUE: 2,
  ERR_CLI_SEVERAL_CONFIGS: 2,
  ERR_CLI_VARIABLE: 2,
  ERR_CLI_CERTIFICATE: 2,
  ERR_CLI_NODE_EXECUTABLE: 2,
  ERR_CLI_NODE_OPTION: 2,
  ERR_CLI_SEVERAL_RUN: 2,
  // What was named is something else.
  ERR_HTTPD_DETECT_NOT_HTTPD: 2,
  ERR_HTTPD_DETECT_MODULES_DIRECTORY: 2,
};

/** sysexits.h EX_SOFTWARE: a bug of ours. */
const EXIT_BUG = 70;

/** Codes of our packages; Node's own (`ERR_INVALID_ARG_TYPE`) are bugs of ours. */
const OUR_CODE = /^ERR_(CLI|HTTPD_DETECT|TEMPLATES|SUPERVISOR|BRIDGE|WORKER|FASTCGI)_/;

/** Writes what a person needs to know about `error`; answers the exit status. */
export function reportError(error: unknown, output: { write: (text: string) => unknown }): number {
  const { text, status } = describeError(error);
  output.write(text);
  return status;
}

/** The text of an error and the exit status that goes with it. Only bugs show a stack. */
export function describeError(error: unknown): { readonly text: string; readonly status: number } {
  if (isExpected(error)) {
    const hint = error.hint === undefined ? '' : `express: hint: ${error.hint}\n`;
    return {
      text: `express: error: ${withCode(error)}\n${hint}`,
      status: error.exitStatus ?? exitStatuses[error.code] ?? 1,
    };
  }
  // The machine's own refusals (no space, no permission) name the call and the path.
  if (isSystemError(error)) return { text: `express: error: ${error.message}\n`, status: 1 };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: `express: bug: ${stack}\nexpress: version ${version}, Node ${process.version}, ${process.platform} ${process.arch}; report it with the lines above\n`,
    status: EXIT_BUG,
  };
}

/** By which docs/errors.md has it; after the first line, because the app's own error may follow. */
function withCode({ message, code }: ExpectedError): string {
  return message.replace(/\n|$/, (end) => ` [${code}]${end}`);
}

interface ExpectedError extends Error {
  readonly code: string;
  readonly hint?: string | undefined;
  /** What another program of ours, or httpd, ended with. */
  readonly exitStatus?: number;
}

function isExpected(error: unknown): error is ExpectedError {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && OUR_CODE.test(error.code)
  );
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'errno' in error;
}
