import { type WorkerFailure } from '@httpd-express/worker/messages';

import { log } from './log.ts';
import { type OwnReason } from './own-response.ts';
import { type BridgeRequest } from './request.ts';
import { RestartPolicy } from './restart-policy.ts';
import { type WorkerHandle, type WorkerObserver } from './worker-handle.ts';

/** Limits after which a worker is replaced, and the policy for those that end by themselves. */
export interface PoolOptions {
  readonly processes: number;
  /** 0 means never. */
  readonly maximumRequests: number;
  readonly memoryLimitBytes: number;
  readonly now: () => number;
  /** Starts a worker. */
  readonly create: (observer: WorkerObserver) => WorkerHandle;
  /** A worker has room for a request. */
  readonly onRoom: () => void;
  /** The request did not reach its worker. */
  readonly onRefused: (request: BridgeRequest) => void;
}

/** A place for one worker: the one that serves, and the one that is to take over. */
interface Slot {
  readonly policy: RestartPolicy;
  current?: WorkerHandle;
  next?: WorkerHandle;
  /** Set while a restart waits for its delay. */
  timer?: NodeJS.Timeout;
  /** The current worker is to be replaced, or its replacement was tried and failed. */
  recycling: boolean;
}

/**
 * The workers that are wanted and those that are there. Replacement first, everywhere: a new worker is ready before the
 * old one is drained, and one that does not become ready changes nothing.
 */
export class Pool implements WorkerObserver {
  readonly #options: PoolOptions;
  readonly #slots: Slot[];
  readonly #workers = new Set<WorkerHandle>();
  /** Replacements happen one after the other. */
  #replacing: Promise<unknown> = Promise.resolve();
  #stopping = false;
  /** A worker has been ready: from here on a failure is to be recovered from. */
  #served = false;
  #lastFailure: WorkerFailure | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.processes }, () => ({
      policy: new RestartPolicy({
        initialDelayMs: 100,
        maximumDelayMs: 30_000,
        resetAfterMs: 1000,
        now: options.now,
      }),
      recycling: false,
    }));
  }

  /** Every worker whose process exists. */
  get workers(): readonly WorkerHandle[] {
    return [...this.#workers];
  }

  /** Those that take requests now. */
  *ready(): Iterable<WorkerHandle> {
    for (const { current } of this.#slots) if (current?.state === 'ready') yield current;
  }

  /** Why a request need not wait: every place failed to start its worker and is holding off. */
  get refusal(): OwnReason | undefined {
    if (this.#stopping) return 'stopping';
    return this.#slots.every((slot) => slot.timer !== undefined && slot.policy.failures > 1)
      ? 'no-worker'
      : undefined;
  }

  /**
   * Starts all workers. Settles with the first that is ready (undefined), or with the first failure when none is: an
   * app that cannot start is a mistake to report, not a crash to recover from.
   */
  async start(): Promise<WorkerFailure | undefined> {
    const starts = this.#slots.map(async (slot) => this.#launch(slot));
    const failures = starts.map(async (start) => {
      const failure = await start;
      if (failure === undefined) throw new FirstReady();
      return failure;
    });
    try {
      return (await Promise.all(failures))[0];
    } catch (error) {
      if (error instanceof FirstReady) return undefined;
      throw error;
    }
  }

  /** Replaces every worker, one at a time. The first that does not become ready ends it and is returned. */
  async roll(): Promise<WorkerFailure | undefined> {
    for (const slot of this.#slots) {
      const failure = await this.#replace(slot);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** Stops all workers, those that are still busy after graceful-timeout too, and settles when all have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const slot of this.#slots) clearTimeout(slot.timer);
    for (const worker of this.#workers) worker.drain();
    await Promise.all(this.workers.map(async (worker) => worker.exited));
  }

  stateChanged(worker: WorkerHandle): void {
    if (worker.state === 'ready') this.#promote(worker);
    if (worker.state === 'exited') this.#forget(worker);
  }

  heartbeat(worker: WorkerHandle): void {
    const limit = this.#options.memoryLimitBytes;
    if (limit > 0 && worker.rssBytes > limit) this.#recycle(worker, 'memory-limit');
  }

  requestEnded(worker: WorkerHandle): void {
    const limit = this.#options.maximumRequests;
    if (limit > 0 && worker.requests >= limit) this.#recycle(worker, 'maximum-requests');
    this.#options.onRoom();
  }

  refused(request: BridgeRequest): void {
    this.#options.onRefused(request);
  }

  /** Starts the next worker of a slot and settles with why it is not ready, or undefined. */
  async #launch(slot: Slot): Promise<WorkerFailure | undefined> {
    delete slot.timer;
    const worker = this.#options.create(this);
    slot.next = worker;
    this.#workers.add(worker);
    const failure = await worker.ready;
    if (failure !== undefined) this.#lastFailure = failure;
    return failure;
  }

  async #replace(slot: Slot): Promise<WorkerFailure | undefined> {
    const turn = this.#replacing.then(async () => {
      if (this.#stopping || slot.next !== undefined) return undefined; // one is on its way
      clearTimeout(slot.timer);
      return this.#launch(slot);
    });
    this.#replacing = turn;
    return turn;
  }

  #recycle(worker: WorkerHandle, reason: string): void {
    const slot = this.#slots.find(({ current }) => current === worker);
    if (slot === undefined || slot.recycling || this.#stopping) return;
    slot.recycling = true;
    log('notice', `worker is replaced: ${reason}`, {
      worker: worker.id,
      requests: worker.requests,
      rssBytes: worker.rssBytes,
    });
    void this.#replace(slot).then((failure) => {
      if (failure === undefined) return;
      log('error', 'replacement failed, the old worker stays', {
        worker: worker.id,
        reason: failure.message,
      });
      // Tried again at the next occasion, later each time.
      setTimeout(() => (slot.recycling = false), slot.policy.nextDelayMs() + 1000).unref();
    });
  }

  /** The slot's new worker serves; the old one finishes what it has. */
  #promote(worker: WorkerHandle): void {
    const slot = this.#slots.find(({ next }) => next === worker);
    if (slot === undefined) return;
    const old = slot.current;
    slot.current = worker;
    delete slot.next;
    slot.recycling = false;
    slot.policy.started();
    old?.drain();
    this.#options.onRoom();
    if (!this.#served) {
      this.#served = true;
      for (const other of this.#slots) this.#restartIfEmpty(other);
    }
  }

  #forget(worker: WorkerHandle): void {
    this.#workers.delete(worker);
    const slot = this.#slots.find(({ current, next }) => current === worker || next === worker);
    if (slot === undefined) return; // replaced before
    if (slot.next === worker) delete slot.next;
    if (slot.current === worker) delete slot.current;
    if (this.#served) this.#restartIfEmpty(slot);
  }

  #restartIfEmpty(slot: Slot): void {
    if (this.#stopping || slot.current !== undefined || slot.next !== undefined) return;
    const delayMs = slot.policy.nextDelayMs();
    if (delayMs > 0)
      log('warn', 'worker is started again after a pause', {
        delayMs,
        failures: slot.policy.failures,
        reason: this.#lastFailure?.message,
      });
    slot.timer = setTimeout(() => {
      void this.#launch(slot);
    }, delayMs);
  }
}

/** Ends the wait for failures as soon as one worker is ready. */
class FirstReady extends Error {}
