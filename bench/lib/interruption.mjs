// SIGINT and SIGTERM end a run in order: whatever waits rejects, and the `finally` of whoever started something ends it.
import { constants } from 'node:os';

const controller = new AbortController();

/** Aborted by the first such signal. */
export const interrupted = controller.signal;

/**
 * Runs a program that leaves nothing behind when it is interrupted, or when its output has nobody to read it. The exit
 * status of a signal is 128 and its number.
 */
export async function runInterruptibly(main) {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(name, () => end(128 + constants.signals[name], `interrupted by ${name}`));
  process.on('uncaughtException', (error) => end(1, error));
  try {
    await main();
  } catch (error) {
    // Thrown on, it would reach the listener above, which says nothing.
    console.error(interrupted.aborted ? interrupted.reason : error);
    process.exitCode ??= 1;
  }
}

function end(status, reason) {
  process.exitCode = status;
  controller.abort(reason);
}
