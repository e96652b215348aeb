/** The supervisor's command came before `configure`, or twice. A bug of ours, never the user's. */
export class ProtocolOrderError extends Error {
  readonly code = 'ERR_BRIDGE_PROTOCOL_ORDER';
  constructor(received: string) {
    super(`bridge received ${received} at the wrong time. This is a bug.`);
  }
}

/** Started as root, the bridge could not give itself to the app's account, or the change did not hold. */
export class IdentityError extends Error {
  readonly code = 'ERR_BRIDGE_IDENTITY';
  constructor(user: string, uid: number, found: string, cause?: unknown) {
    super(`cannot run the app as ${user} (uid ${uid}): ${found}`, { cause });
  }
}

/** The FastCGI socket could not be listened on. */
export class CannotListenError extends Error {
  readonly code = 'ERR_BRIDGE_CANNOT_LISTEN';
  constructor(path: string, reason: string, cause?: unknown) {
    super(`cannot listen on ${path}: ${reason}`, { cause });
  }
}

/** A worker did not report ready within startup-timeout. */
export class WorkerStartTimeoutError extends Error {
  readonly code = 'ERR_BRIDGE_WORKER_START_TIMEOUT';
  readonly hint =
    'the app must finish loading and, if it listens by itself, call listen(); raise --startup-timeout for a slow start';
  constructor(entry: string, timeoutMs: number) {
    super(`${entry} was not ready within ${timeoutMs / 1000} s`);
  }
}

/** A worker's process ended before it reported ready, without saying why. */
export class WorkerExitedError extends Error {
  readonly code = 'ERR_BRIDGE_WORKER_EXITED';
  readonly hint =
    'the app called process.exit(), crashed or was killed; what it wrote before that is in the error log';
  constructor(entry: string, how: string) {
    super(`the worker loading ${entry} ended before it was ready: ${how}`);
  }
}

/** A file of environment variables cannot be read by the app's account. */
export class EnvFileError extends Error {
  readonly code = 'ERR_BRIDGE_ENV_FILE';
  readonly hint = 'the account of the app reads it: make it readable, or leave .env out with --no-dotenv';
  constructor(path: string, reason: string) {
    super(`cannot read the environment file ${path}: ${reason}`);
  }
}
