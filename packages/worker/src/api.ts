/**
 * `httpd-express/worker`: what apps import. Under plain `node` every function is harmless: it does nothing and returns what
 * means “not served”.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  type AppSignal,
  type Capacity,
  type CurrentRequest,
  findRuntime,
  type ShutdownReason,
  type Unsubscribe,
  type WorkerEvent,
} from './worker-runtime.ts';

export { keepSockets } from './keep-sockets.ts';
export { version } from './version.ts';
export type {
  AppSignal,
  Capacity,
  CurrentRequest,
  ShutdownReason,
  Unsubscribe,
  WorkerEvent,
} from './worker-runtime.ts';

/** Name of the pool, as `ps` shows it; empty under plain `node`. */
export const processGroup: string = findRuntime()?.processGroup ?? '';

/** What the server takes on at a time; under plain `node` one process without a limit. */
export const capacity: Capacity = findRuntime()?.capacity ?? { processes: 1, concurrency: Infinity };

/** The request for which the caller runs, also after `await` and in callbacks; undefined outside of requests. */
export function currentRequest(): CurrentRequest | undefined {
  return findRuntime()?.currentRequest();
}

/**
 * Calls back when the worker ends, after its last request, and waits for the promise: connections can be closed in order.
 * All callbacks together have what is left of `--shutdown-timeout`; then the process is killed. A request that does not end
 * is waited for no longer than half of that time. What a callback throws is logged.
 */
export function onShutdown(callback: (reason: ShutdownReason) => unknown): Unsubscribe {
  return findRuntime()?.onShutdown(callback) ?? nothing;
}

/** Calls back at each such signal, which does not end the process any more. What the callback throws is logged. */
export function onSignal(signal: AppSignal, callback: (signal: AppSignal) => unknown): Unsubscribe {
  return findRuntime()?.onSignal(signal, callback) ?? nothing;
}

/** Calls back at every event of this worker, in order of subscription. What the callback throws is logged. */
export function subscribeEvents(callback: (event: WorkerEvent) => unknown): Unsubscribe {
  return findRuntime()?.subscribeEvents(callback) ?? nothing;
}

/**
 * Adds a file to those whose change reloads the app under `--reload-on-changes`: a template, a data file. A relative path
 * starts at the working directory.
 */
export function watch(path: string | URL): void {
  findRuntime()?.watch(typeof path === 'string' ? resolve(path) : fileURLToPath(path));
}

function nothing(): void {
  // there was nothing to take back
}
