import { AppThrewError, CannotListenError } from './errors.ts';
import { type WorkerFailure, WorkerExitCode, type WorkerReport } from './messages.ts';

/** Sends a report to the bridge; settles when it has left, or at once when the bridge is gone. */
export function sendReport(report: WorkerReport): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else
      process.send(report, undefined, {}, () => {
        resolve();
      });
  });
}

/** Whether an error is one that this package gives a code, rather than a bug. */
export function isCoded(error: unknown): error is Error & { readonly code: string; readonly hint?: string } {
  return error instanceof Error && String((error as { code?: unknown }).code).startsWith('ERR_WORKER_');
}

/** An error in the words of the protocol. Only what the app threw has a stack: the app's own. */
export function toFailure(error: Error & { readonly code: string; readonly hint?: string }): WorkerFailure {
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error instanceof AppThrewError && error.stack !== undefined
      ? { stack: withoutOwnFrames(error.stack) }
      : {}),
  };
}

const ownDirectory = new URL('..', import.meta.url).pathname;

/** A stack without our frames: how the app came to be loaded says nothing about what is wrong with it. */
export function withoutOwnFrames(stack: string): string {
  const lines = stack.split('\n').filter((line) => !isOwnFrame(line));
  // A syntax error has no frame of the app's: what is left are the events that brought it to us.
  const isAppInvolved = lines.some((line) => isFrame(line) && !line.includes('node:'));
  return (isAppInvolved ? lines : lines.filter((line) => !isFrame(line))).join('\n');
}

function isOwnFrame(line: string): boolean {
  const isLoader = /node:internal\/modules\/|\/node_modules\/(tsx|esbuild)\//.test(line);
  return isFrame(line) && (isLoader || line.includes(ownDirectory));
}

function isFrame(line: string): boolean {
  return line.startsWith('    at ');
}

/** The exit code that tells the bridge what kind of failure it was. */
export function toExitCode(error: Error): number {
  return error instanceof CannotListenError ? WorkerExitCode.cannotListen : WorkerExitCode.appFailedToLoad;
}
