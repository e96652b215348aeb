import { type BridgeReport } from '@httpd-express/bridge/messages';

import { type ProcessExit, describeExit, toExitStatus } from './process-exit.ts';

/** Why a worker could not start, as the bridge reports it. */
type WorkerFailure = Extract<BridgeReport, { type: 'failed' }>['failure'];

/** A program could not be started at all: missing, not executable, or the machine is out of processes. */
export class ProcessStartError extends Error {
  readonly code = 'ERR_SUPERVISOR_PROCESS_START';
  constructor(file: string, cause: unknown) {
    super(`cannot start ${file}: ${reasonOf(cause)}`, { cause });
  }
}

/** The server root is a symbolic link, no directory, someone else's, or open for others to write to. */
export class ServerRootUnsafeError extends Error {
  readonly code = 'ERR_SUPERVISOR_SERVER_ROOT_UNSAFE';
  readonly hint =
    'remove it if it is yours, or name another directory with --server-root; what runs in one of another account is for that account to steer';
  constructor(path: string, found: string) {
    super(
      `cannot use ${path} as server root: it ${found}; expected a directory that only its owner can write to`,
    );
  }
}

/** Somebody else could put another directory in the place of root's server root, and root would run what it holds. */
export class ServerRootExposedError extends Error {
  readonly code = 'ERR_SUPERVISOR_SERVER_ROOT_EXPOSED';
  readonly hint =
    'name one with --server-root below directories that only root can write to, or do not start as root';
  constructor(path: string, weakness: { readonly path: string; readonly problem: string }) {
    super(
      `cannot use ${path} as server root: ${weakness.path} ${weakness.problem}, so that another account could put another directory in its place; expected all above it to be root’s alone`,
    );
  }
}

/** The server root holds something that this program did not write. */
export class ServerRootForeignError extends Error {
  readonly code = 'ERR_SUPERVISOR_SERVER_ROOT_FOREIGN';
  readonly hint = 'name an empty or new directory with --server-root; nothing was changed';
  constructor(path: string) {
    super(`cannot use ${path} as server root: it is not empty and was not made by httpd-express`);
  }
}

/** Sockets under the server root would have paths that httpd or the kernel refuses. */
export class ServerRootTooLongError extends Error {
  readonly code = 'ERR_SUPERVISOR_SERVER_ROOT_TOO_LONG';
  readonly hint = 'name a shorter directory with --server-root';
  constructor(path: string, bytes: number, maximumBytes: number) {
    super(
      `cannot use ${path} as server root: its path is ${bytes} bytes long, and the sockets in it allow ${maximumBytes}`,
    );
  }
}

/** The directory that is to hold the server root is missing or cannot be written to. */
export class ServerRootParentError extends Error {
  readonly code = 'ERR_SUPERVISOR_SERVER_ROOT_PARENT';
  readonly hint = 'only the last directory of the path is made; create the others first';
  constructor(path: string, cause: unknown) {
    super(`cannot create the server root ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** A file of the server root cannot be written, most often because the disk is full. */
export class ServerRootWriteError extends Error {
  readonly code = 'ERR_SUPERVISOR_SERVER_ROOT_WRITE';
  constructor(path: string, cause: unknown) {
    super(`cannot write ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** The accounts that httpd's children or the app run as cannot reach the server root. */
export class ServerRootUnreachableError extends Error {
  readonly code = 'ERR_SUPERVISOR_SERVER_ROOT_UNREACHABLE';
  readonly hint =
    'name a directory with --server-root that the account can reach, or open the one in the way (chmod o+x)';
  constructor(path: string, account: string, obstacle: string) {
    super(`cannot use ${path} as server root: ${obstacle} is closed to ${account}`);
  }
}

/** `settings.json` of a server root is missing, unreadable, damaged, or of another version. */
export class SettingsFileError extends Error {
  readonly code = 'ERR_SUPERVISOR_SETTINGS_FILE';
  readonly hint =
    'write it again with `express setup-server … --server-root DIR`; the command is at the top of apachectl there';
  constructor(path: string, reason: string | undefined, cause?: unknown) {
    super(`cannot read the settings in ${path}: ${reason ?? reasonOf(cause)}`, { cause });
  }
}

/** A user or group of this name or number does not exist here. */
export class UnknownAccountError extends Error {
  readonly code = 'ERR_SUPERVISOR_UNKNOWN_ACCOUNT';
  readonly hint = 'numbers are written with a # in front, as in #1000';
  constructor(kind: 'user' | 'group', option: string, name: string) {
    super(`cannot use ${option} ${name}: no such ${kind}`);
  }
}

/** httpd's children were asked to run as root. */
export class RootRefusedError extends Error {
  readonly code = 'ERR_SUPERVISOR_ROOT_REFUSED';
  readonly hint = "httpd's children face the network: give them an account without privileges";
  constructor(name: string) {
    super(`cannot use --httpd-user ${name}: it is root`);
  }
}

/** Another account was asked for, and only root can change accounts. */
export class NotRootError extends Error {
  readonly code = 'ERR_SUPERVISOR_NOT_ROOT';
  readonly hint = 'start as root, or leave the option out';
  constructor(option: string, name: string, current: string) {
    super(`cannot use ${option} ${name}: this is ${current}, and only root can become another account`);
  }
}

/** No account was named, and this machine has none of those that httpd usually runs as. */
export class NoAccountError extends Error {
  readonly code = 'ERR_SUPERVISOR_NO_ACCOUNT';
  readonly hint = 'name one with --user or --httpd-user';
  constructor(tried: readonly string[]) {
    super(`cannot find an account without privileges: none of ${tried.join(', ')} exists here`);
  }
}

/** The account that would run the app cannot read the app, node, or the program itself. */
export class AppUnreadableError extends Error {
  readonly code = 'ERR_SUPERVISOR_APP_UNREADABLE';
  readonly hint: string;
  constructor(account: string, path: string, obstacle: { readonly path: string; readonly facts: string }) {
    super(
      `cannot run the app as ${account}: ${path} is out of its reach, ${obstacle.path} is in the way (${obstacle.facts})`,
    );
    this.hint = `open ${obstacle.path} to ${account}, move what it holds, or choose with --user (--user root runs the app as root)`;
  }
}

/** Another program listens on the port. */
export class PortInUseError extends Error {
  readonly code = 'ERR_SUPERVISOR_PORT_IN_USE';
  readonly hint = 'stop it, or choose another port with --port';
  constructor(address: string, owner?: { readonly pid: number; readonly name: string }) {
    const who = owner === undefined ? 'another program' : `${owner.name} (pid ${owner.pid})`;
    super(`cannot listen on ${address}: ${who} listens there`);
  }
}

/** Ports below a limit of the system are root's. */
export class PortPrivilegedError extends Error {
  readonly code = 'ERR_SUPERVISOR_PORT_PRIVILEGED';
  readonly hint = 'start as root, or choose a port of 1024 or above with --port';
  constructor(address: string, cause: unknown) {
    super(`cannot listen on ${address}: permission denied`, { cause });
  }
}

/** The address is not one of this machine's. */
export class AddressError extends Error {
  readonly code = 'ERR_SUPERVISOR_ADDRESS';
  readonly hint = 'name an address of this machine with --host, or leave it out to listen on all';
  constructor(address: string, cause: unknown) {
    super(`cannot listen on ${address}: ${reasonOf(cause)}`, { cause });
  }
}

/** `httpd -t` refused a configuration. */
export class ConfigTestError extends Error {
  readonly code = 'ERR_SUPERVISOR_CONFIG_TEST';
  constructor(command: string, output: string) {
    super(`httpd refuses the configuration (${command})${indented(output)}`);
  }
}

/** A file that httpd.conf includes sets PidFile: the supervisor would not see that httpd has started. */
export class PidFileError extends Error {
  readonly code = 'ERR_SUPERVISOR_PID_FILE';
  readonly hint =
    'take PidFile out of what httpd.conf includes: the file that --include-file names, or rewrite.conf';
  constructor(found: string, expected: string) {
    super(`httpd would write its pid to ${found}: expected PidFile to be ${expected}, which httpd.conf sets`);
  }
}

/** httpd would die of a reload or restart: it writes its pid file anew, and cannot, most often because the disk is full. */
export class RunDirectoryError extends Error {
  readonly code = 'ERR_SUPERVISOR_RUN_DIRECTORY';
  readonly hint = 'httpd goes on as it was; make room and try again';
  constructor(directory: string, cause: unknown) {
    super(`httpd could not write its pid file in ${directory}: ${reasonOf(cause)}`, { cause });
  }
}

/** A certificate and its key, of which httpd would die: they cannot be read, or one is not the other's. */
export class CertificatePairError extends Error {
  readonly code = 'ERR_SUPERVISOR_CERTIFICATE_PAIR';
  constructor(certificateFile: string, keyFile: string, problem: string, cause?: unknown) {
    super(`httpd cannot serve the certificate ${certificateFile} with the key ${keyFile}: ${problem}`, {
      cause,
    });
  }
}

/** httpd ended, or never answered, when it was started. `exitStatus` is what the supervisor ends with. */
export class HttpdStartError extends Error {
  readonly code = 'ERR_SUPERVISOR_HTTPD_START';
  readonly exitStatus: number;
  constructor(
    httpdPath: string,
    address: string,
    outcome: { readonly exit: ProcessExit } | { readonly waitedMs: number },
    tail: string,
  ) {
    const what =
      'exit' in outcome
        ? `ended with ${describeExit(outcome.exit)} before it answered on ${address}`
        : `did not answer on ${address} within ${outcome.waitedMs / 1000} s`;
    super(`${httpdPath} ${what}${indented(tail)}`);
    this.exitStatus = 'exit' in outcome ? toExitStatus(outcome.exit) || 1 : 1;
  }
}

/** httpd ended by itself after it had served. `exitStatus` is what the supervisor ends with when it gives up. */
export class HttpdDiedError extends Error {
  readonly code = 'ERR_SUPERVISOR_HTTPD_DIED';
  readonly exitStatus: number;
  constructor(httpdPath: string, exit: ProcessExit, tail: string) {
    super(`${httpdPath} ended with ${describeExit(exit)}${indented(tail)}`);
    this.exitStatus = toExitStatus(exit) || 1;
  }
}

/** The app could not be started. Code, message and hint are those of the worker or the bridge that said so. */
export class AppFailedError extends Error {
  readonly code: string;
  readonly hint?: string;
  constructor(failure: WorkerFailure, tail: string) {
    super(withDetails(failure.message, failure.stack ?? '', withoutOwnLines(tail)));
    this.code = failure.code;
    if (failure.hint !== undefined) this.hint = failure.hint;
  }
}

/** The bridge ended, or said nothing, before its first worker was ready. */
export class BridgeStartError extends Error {
  readonly code = 'ERR_SUPERVISOR_BRIDGE_START';
  constructor(outcome: { readonly exit: ProcessExit } | { readonly waitedMs: number }, tail: string) {
    const what =
      'exit' in outcome
        ? `ended with ${describeExit(outcome.exit)}`
        : `said nothing within ${outcome.waitedMs / 1000} s`;
    super(`the bridge ${what} before the app was ready${indented(tail)}`);
  }
}

/** The bridge ended by itself after it had served. */
export class BridgeDiedError extends Error {
  readonly code = 'ERR_SUPERVISOR_BRIDGE_DIED';
  constructor(exit: ProcessExit, command?: string) {
    super(
      `the bridge ended with ${describeExit(exit)}${command === undefined ? '' : ` instead of answering ${command}`}`,
    );
  }
}

/** The bridge did not answer a command in time. */
export class BridgeSilentError extends Error {
  readonly code = 'ERR_SUPERVISOR_BRIDGE_SILENT';
  readonly hint =
    'it is stopped, or the machine is overloaded; express status has its pid, and killed with KILL it is started again';
  constructor(command: string, waitedMs: number) {
    super(`the bridge did not answer ${command} within ${waitedMs / 1000} s`);
  }
}

/** New workers could not be started; the old ones go on serving. The message holds the app's own error. */
export class RollFailedError extends Error {
  readonly code = 'ERR_SUPERVISOR_ROLL_FAILED';
  readonly hint = 'nothing changed for clients; correct the app and reload again';
  /** @param serving generations of the workers that take requests; none when nobody knows */
  constructor(failure: WorkerFailure, serving: readonly number[]) {
    const kept =
      serving.length === 0
        ? 'the old ones stay'
        : `generation ${serving.join(' and ')} ${serving.length === 1 ? 'keeps' : 'keep'} serving`;
    super(withDetails(`the new workers could not start, ${kept}: ${failure.message}`, failure.stack ?? ''));
  }
}

/** A worker was to be replaced that is not there, or does not serve. */
export class NoSuchWorkerError extends Error {
  readonly code = 'ERR_SUPERVISOR_NO_SUCH_WORKER';
  readonly hint = 'express workers lists them; a replacement has a number of its own';
  constructor(worker: number) {
    super(`cannot replace worker ${worker}: no worker of this number serves`);
  }
}

/** The workers were to be replaced while the bridge, which runs them, did not run. */
export class BridgeNotRunningError extends Error {
  readonly code = 'ERR_SUPERVISOR_BRIDGE_NOT_RUNNING';
  readonly hint = 'it is started again by itself; the error log says why it ended';
  constructor(state: string) {
    super(`cannot replace the workers now: the bridge is ${state}`);
  }
}

/** A supervisor already runs this server root, or is about to. */
export class SupervisorRunningError extends Error {
  readonly code = 'ERR_SUPERVISOR_RUNNING';
  readonly hint: string;
  constructor(serverRoot: string, pid: number | undefined) {
    const found = pid === undefined ? 'or being started' : `(pid ${pid})`;
    super(`cannot start in ${serverRoot}: it is already running ${found}`);
    this.hint = `stop it with ${serverRoot}/apachectl stop`;
  }
}

/** No supervisor runs this server root. */
export class SupervisorNotRunningError extends Error {
  readonly code = 'ERR_SUPERVISOR_NOT_RUNNING';
  constructor(serverRoot: string) {
    super(`nothing runs in ${serverRoot}`);
  }
}

/** The supervisor of a server root lives, and does not say how it is: it is stopped, or the machine is overloaded. */
export class SupervisorSilentError extends Error {
  readonly code = 'ERR_SUPERVISOR_SILENT';
  readonly hint =
    'its pid is in supervisor.pid of the server root; killed with KILL, it leaves nothing running';
  constructor(serverRoot: string, waitedMs: number) {
    super(`the supervisor in ${serverRoot} did not answer status within ${waitedMs / 1000} s`);
  }
}

/** A command came while the supervisor was starting or stopping. */
export class SupervisorNotReadyError extends Error {
  readonly code = 'ERR_SUPERVISOR_NOT_READY';
  constructor(command: string, state: string) {
    super(`cannot ${command} now: the supervisor is ${state}`);
  }
}

/** What came over the control socket is no command, or no answer, or has arguments that the command does not take. */
export class ControlMessageError extends Error {
  readonly code = 'ERR_SUPERVISOR_CONTROL_MESSAGE';
  constructor(found: string, expected = 'a command in one line of JSON') {
    super(`cannot understand ${JSON.stringify(found.slice(0, 200))}: expected ${expected}`);
  }
}

/** The supervisor answered a command with an error; code, message and hint are its own. */
export class CommandFailedError extends Error {
  readonly code: string;
  readonly hint?: string;
  constructor(error: { readonly code: string; readonly message: string; readonly hint?: string }) {
    super(error.message);
    this.code = error.code;
    if (error.hint !== undefined) this.hint = error.hint;
  }
}

/** The log that httpd, the bridge and the app share cannot be opened. */
export class ErrorLogError extends Error {
  readonly code = 'ERR_SUPERVISOR_ERROR_LOG';
  constructor(path: string, cause: unknown) {
    super(`cannot open the error log ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** `run` in the background ended before it was ready; the message holds what it printed. */
export class BackgroundStartError extends Error {
  readonly code = 'ERR_SUPERVISOR_BACKGROUND_START';
  readonly exitStatus: number;
  constructor(exit: ProcessExit, output: string) {
    const said = output.replace(/^express: (error: )?/gm, '');
    super(`the supervisor ended with ${describeExit(exit)} before it was ready${indented(said)}`);
    this.exitStatus = toExitStatus(exit) || 1;
  }
}

/** The `envvars` file of the server root cannot be read, or ended the shell that read it. */
export class EnvvarsError extends Error {
  readonly code = 'ERR_SUPERVISOR_ENVVARS';
  readonly hint = 'it is read by /bin/sh; it should do no more than set and export variables';
  constructor(path: string, output: string) {
    super(`cannot take the environment from ${path}${indented(output)}`);
  }
}

/** A stop was asked for before everything was up. `exitStatus` is 128 + n for a signal, 0 for a command. */
export class StartInterruptedError extends Error {
  readonly code = 'ERR_SUPERVISOR_START_INTERRUPTED';
  readonly exitStatus: number;
  constructor(exitStatus: number) {
    super('stopped before everything was ready');
    this.exitStatus = exitStatus;
  }
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? message;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOTDIR: 'a part of the path is not a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EISDIR: 'it is a directory',
  EADDRNOTAVAIL: 'it is not an address of this machine',
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name cannot be looked up now',
};

/** What several parties say of one failure, each line once: the worker, its stack and its log overlap. */
function withDetails(message: string, ...details: readonly string[]): string {
  const said = new Set<string>();
  const isNew = (line: string) => {
    const text = line.trim();
    if (said.has(text) || message.includes(text)) return false;
    said.add(text);
    return true;
  };
  return `${message}${indented(details.join('\n').split('\n').filter(isNew).join('\n'))}`;
}

/** The log without what the bridge and we wrote there, which the message says better, and without the prefix of the app's lines. */
function withoutOwnLines(tail: string): string {
  return tail
    .replace(/^\[[^\]]+\] \[(bridge|supervisor):.*\n?/gm, '')
    .replace(/^\[[^\]]+\] \[app:\w+\](?: \[[^\]]+\])* /gm, '');
}

function indented(text: string): string {
  const lines = text.trimEnd();
  return lines === '' ? '' : `\n${lines.replace(/^/gm, '    ')}`;
}

/** A service ended without being told to; it is started again. */
export class ServiceDiedError extends Error {
  readonly code = 'ERR_SUPERVISOR_SERVICE_DIED';
  constructor(name: string, exit: ProcessExit) {
    super(`the service ${name} ended with ${describeExit(exit)}`);
  }
}
