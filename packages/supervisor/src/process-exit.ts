import { constants } from 'node:os';

/** How a process ended: exactly one of the two is set. */
export interface ProcessExit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `status 1`, or `signal SIGKILL`. */
export function describeExit({ status, signal }: ProcessExit): string {
  return signal === null ? `status ${status ?? 'unknown'}` : `signal ${signal}`;
}

/** The status a shell would report: 128 + n for a signal. */
export function toExitStatus({ status, signal }: ProcessExit): number {
  return signal === null ? (status ?? 1) : signalStatus(signal);
}

/** 128 + n: the exit status of a program that a signal ended. */
export function signalStatus(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
