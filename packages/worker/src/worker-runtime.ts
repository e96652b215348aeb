/**
 * What a worker offers to the app in it, and where: not in a variable of a module, because the app may have a copy of this
 * package of its own. Types and the place only: plain `node` loads this, too.
 */

/** A request that the app is at. */
export interface CurrentRequest {
  /** The one in the logs. */
  readonly id: string;
  /** Wall clock, milliseconds: when the worker got it. */
  readonly startedAt: number;
  /** Number of the worker, as in `express status`. */
  readonly worker: number;
  /** IP address of the client; behind `--trust-proxy` the one that a trusted proxy names. */
  readonly clientAddress: string | undefined;
  /** CGI variables: REQUEST_METHOD, SSL_PROTOCOL, … and those of `--setenv`. RFC 3875 §4.1. */
  readonly variables: Readonly<Record<string, string>>;
  /** The app's own notes about it. */
  readonly data: Map<unknown, unknown>;
}

/** How much the server takes on. */
export interface Capacity {
  /** `--processes` */
  readonly processes: number;
  /** `--concurrency`: requests in flight per process. */
  readonly concurrency: number;
}

/** Why a worker ends. `signal` is a TERM that the bridge has not announced. */
export type ShutdownReason =
  | 'stop'
  | 'reload'
  | 'restart'
  | 'maximum-requests'
  | 'restart-interval'
  | 'inactivity-timeout'
  | 'cpu-time-limit'
  | 'memory-limit'
  | 'interrupt-timeout'
  | 'signal';

/** Signals that are the app's. */
export type AppSignal = 'SIGHUP' | 'SIGUSR2';

/** What `subscribeEvents` tells. */
export type WorkerEvent =
  | { readonly name: 'request_started'; readonly request: CurrentRequest }
  | { readonly name: 'response_started'; readonly request: CurrentRequest; readonly status: number }
  | {
      readonly name: 'request_finished';
      readonly request: CurrentRequest;
      /** 0 when the app never began to answer. */
      readonly status: number;
      /** From the call of the app to the last byte, or to the end of a request that was given up. */
      readonly applicationTimeMs: number;
      /** Bytes of the request's body. */
      readonly inputBytes: number;
      /** Bytes of the response's body. */
      readonly outputBytes: number;
      /** Whether the client left, a time limit passed, or the app gave it up. */
      readonly isAborted: boolean;
    }
  | { readonly name: 'process_signal'; readonly signal: AppSignal }
  | { readonly name: 'process_stopping'; readonly reason: ShutdownReason };

/** Takes back what was asked for. */
export type Unsubscribe = () => void;

/** What the functions of api.ts call in a worker. */
export interface WorkerRuntime {
  readonly processGroup: string;
  readonly capacity: Capacity;
  currentRequest(): CurrentRequest | undefined;
  onShutdown(callback: (reason: ShutdownReason) => unknown): Unsubscribe;
  onSignal(signal: AppSignal, callback: (signal: AppSignal) => unknown): Unsubscribe;
  subscribeEvents(callback: (event: WorkerEvent) => unknown): Unsubscribe;
  watch(path: string): void;
}

const place = Symbol.for('httpd-express.worker');
const holder = globalThis as { [place]?: WorkerRuntime };

/** Offers it to every copy of the API. */
export function provideRuntime(runtime: WorkerRuntime): void {
  holder[place] = runtime;
}

/** Undefined under plain `node`. */
export function findRuntime(): WorkerRuntime | undefined {
  return holder[place];
}
