import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { describeRequest } from './describe-request.ts';
import { watch } from './module-graph.ts';
import { REQUEST_START, RESPONSE_START } from './request-channels.ts';
import { findRequestContext } from './request-context.ts';
import { RequestSocket } from './request-socket.ts';
import type {
  AppSignal,
  Capacity,
  CurrentRequest,
  ShutdownReason,
  Unsubscribe,
  WorkerEvent,
  WorkerRuntime,
} from './worker-runtime.ts';

/** What is known of the worker. */
export interface AppRuntimeOptions {
  readonly worker: number;
  readonly processGroup: string;
  readonly capacity: Capacity;
  /** Takes one line for the log. */
  readonly log: (line: string) => void;
}

type Callback<T> = (value: T) => unknown;

/** This worker, as the app in it sees it: the other side of api.ts. */
export class AppRuntime implements WorkerRuntime {
  readonly processGroup: string;
  readonly capacity: Capacity;
  readonly #worker: number;
  readonly #log: (line: string) => void;
  readonly #shutdown = new Set<Callback<ShutdownReason>>();
  readonly #events = new Set<Callback<WorkerEvent>>();

  constructor({ worker, processGroup, capacity, log }: AppRuntimeOptions) {
    this.processGroup = processGroup;
    this.capacity = capacity;
    this.#worker = worker;
    this.#log = log;
  }

  currentRequest(): CurrentRequest | undefined {
    const context = findRequestContext();
    return context && describeRequest(context, this.#worker);
  }

  onShutdown(callback: Callback<ShutdownReason>): Unsubscribe {
    this.#shutdown.add(callback);
    return () => this.#shutdown.delete(callback);
  }

  onSignal(signal: AppSignal, callback: Callback<AppSignal>): Unsubscribe {
    const listener = (): void => {
      this.#publish({ name: 'process_signal', signal });
      void this.#call(callback, signal);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  }

  /** Nothing is listened to, and no request costs more, until somebody wants to know. */
  subscribeEvents(callback: Callback<WorkerEvent>): Unsubscribe {
    if (this.#events.size === 0) {
      subscribe(REQUEST_START, this.#requestStarted);
      subscribe(RESPONSE_START, this.#responseStarted);
    }
    this.#events.add(callback);
    return () => {
      this.#events.delete(callback);
      if (this.#events.size > 0) return;
      unsubscribe(REQUEST_START, this.#requestStarted);
      unsubscribe(RESPONSE_START, this.#responseStarted);
    };
  }

  watch(path: string): void {
    watch(path);
  }

  /** The last request has been answered. Settles when the app has done what it wanted to. */
  async shutDown(reason: ShutdownReason): Promise<void> {
    this.#publish({ name: 'process_stopping', reason });
    await Promise.all([...this.#shutdown].map((callback) => this.#call(callback, reason)));
  }

  readonly #requestStarted = (message: unknown): void => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const current = this.#describe(response);
    if (current === undefined) return; // another server of the app's
    const startedMs = performance.now();
    const { socket } = request;
    this.#publish({ name: 'request_started', request: current });
    response.once('close', () => {
      this.#publish({
        name: 'request_finished',
        request: current,
        status: response.headersSent ? response.statusCode : 0,
        applicationTimeMs: performance.now() - startedMs,
        inputBytes: socket.bytesRead,
        outputBytes: socket.bytesWritten,
        isAborted: !response.writableFinished,
      });
    });
  };

  readonly #responseStarted = (message: unknown): void => {
    const { response } = message as { response: ServerResponse };
    const request = this.#describe(response);
    if (request !== undefined)
      this.#publish({ name: 'response_started', request, status: response.statusCode });
  };

  #describe(response: ServerResponse): CurrentRequest | undefined {
    const context = RequestSocket.findOwner(response.socket)?.context;
    return context && describeRequest(context, this.#worker);
  }

  #publish(event: WorkerEvent): void {
    for (const callback of this.#events) void this.#call(callback, event);
  }

  async #call<T>(callback: Callback<T>, value: T): Promise<void> {
    try {
      await callback(value);
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#log(`a callback of the app failed: ${reason}`);
    }
  }
}
