import { type StoppingCommand, type WorkerFailure } from '@httpd-express/worker/messages';

import { log } from './log.ts';
import { NO_SUCH_WORKER, type RecyclingLimits } from './messages.ts';
import { type OwnReason } from './own-response.ts';
import { type BridgeRequest } from './request.ts';
import { spreadLimits } from './recycling.ts';
import { RestartPolicy } from './restart-policy.ts';
import { type UpgradeRequest } from './upgrade-request.ts';
import { type WorkerHandle, type WorkerObserver } from './worker-handle.ts';

/** How many workers there are to be, and when they are replaced. */
export interface PoolOptions {
  readonly processes: number;
  readonly recycling: RecyclingLimits;
  /** Resident memory at which a worker is killed; 0 means never. */
  readonly memoryHardLimitBytes: number;
  readonly evictionTimeoutMs: number;
  readonly reloadSurge: number;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Comes before the first worker of a generation; settles with why there can be none. */
  readonly prepare: (generation: number) => Promise<WorkerFailure | undefined>;
  /** Starts a worker. */
  readonly create: (plan: WorkerPlan) => WorkerHandle;
  /** A worker has room for a request. */
  readonly onRoom: () => void;
  /** The app does not start any more: what waits for a worker waits in vain. */
  readonly onNoWorker: () => void;
  /** The request did not reach its worker. */
  readonly onRefused: (request: BridgeRequest) => void;
  /** The same for a connection. */
  readonly onSocketRefused: (request: UpgradeRequest) => void;
  /** A worker has ended, and with it all that it knew. */
  readonly onEnded: (worker: WorkerHandle) => void;
}

/** What the pool decides about a worker it wants. */
export interface WorkerPlan {
  readonly generation: number;
  readonly limits: RecyclingLimits;
  readonly observer: WorkerObserver;
}

/** Which workers to replace. */
export interface RollOptions {
  /** With eviction-timeout instead of graceful-timeout. */
  readonly evict?: boolean;
  /** Only this one. */
  readonly worker?: number;
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
  /** Time its old worker has to finish; absent means graceful-timeout. */
  drainMs: number | undefined;
  /** Why the current worker is being replaced. */
  reason: StoppingCommand['reason'] | undefined;
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
  /** The latest reload of which a worker is ready. */
  #generation = 1;
  readonly #restarts = new Map<string, number>();

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
      drainMs: undefined,
      reason: undefined,
    }));
  }

  /** Every worker whose process exists. */
  get workers(): readonly WorkerHandle[] {
    return [...this.#workers];
  }

  get generation(): number {
    return this.#generation;
  }

  /** Why the latest start of a worker failed, until one succeeds. */
  get lastFailure(): WorkerFailure | undefined {
    return this.#lastFailure;
  }

  /** Workers that were replaced or ended, by reason. */
  get restarts(): Record<string, number> {
    return Object.fromEntries(this.#restarts);
  }

  /** Those that take requests now. */
  *ready(): Iterable<WorkerHandle> {
    for (const { current } of this.#slots) if (current?.isResponsive === true) yield current;
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
    const unprepared = await this.#options.prepare(this.#generation);
    if (unprepared !== undefined) return unprepared;
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

  /**
   * Replaces workers, as many at a time as `reloadSurge` says. The first new one that does not become ready ends it and
   * is returned; what was to be replaced after it stays.
   */
  async roll({ evict = false, worker }: RollOptions = {}): Promise<WorkerFailure | undefined> {
    const drainMs =
      evict && this.#options.evictionTimeoutMs > 0 ? this.#options.evictionTimeoutMs : undefined;
    return this.#takeTurn(async () => {
      const slots = this.#slots.filter(({ current }) => worker === undefined || current?.id === worker);
      if (slots.length === 0) return noSuchWorker(worker);
      const generation = this.#generation + (worker === undefined ? 1 : 0);
      let failure = generation === this.#generation ? undefined : await this.#prepare(generation);
      const lane = async (): Promise<void> => {
        for (let slot = slots.shift(); slot !== undefined && failure === undefined; slot = slots.shift()) {
          slot.drainMs = drainMs;
          failure ??= await this.#replace(slot, worker === undefined ? 'reload' : 'restart', generation);
          slot.drainMs = undefined;
        }
      };
      await Promise.all(Array.from({ length: this.#options.reloadSurge }, lane));
      return failure;
    });
  }

  /** Stops all workers, those that are still busy after graceful-timeout too, and settles when all have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const slot of this.#slots) clearTimeout(slot.timer);
    for (const worker of this.#workers) worker.announceStop('stop');
    this.closeSockets();
    for (const worker of this.#workers) worker.drain();
    await Promise.all(this.workers.map(async (worker) => worker.exited));
  }

  /** Closes every socket at once: nobody will be there to go on with it. */
  closeSockets(): void {
    for (const worker of this.#workers) worker.closeSockets(1001, 0);
  }

  /** Gives requests that have not reached a worker whose event loop is blocked to others, or back to the queue. */
  evacuate(): void {
    for (const { current } of this.#slots) {
      if (current?.state !== 'ready' || current.isResponsive) continue;
      for (const request of current.link.evacuate()) this.#options.onRefused(request);
      for (const request of current.sockets.evacuate()) this.#options.onSocketRefused(request);
    }
  }

  stateChanged(worker: WorkerHandle): void {
    if (worker.state === 'ready') this.#promote(worker);
    if (worker.state === 'exited') this.#forget(worker);
  }

  heartbeat(worker: WorkerHandle): void {
    const limit = this.#options.memoryHardLimitBytes;
    if (limit > 0 && worker.rssBytes >= limit && worker.state !== 'stopping') {
      log('error', 'worker is killed: memory-hard-limit', { worker: worker.id, rssBytes: worker.rssBytes });
      this.#count('memory-hard-limit');
      worker.kill();
    } else {
      this.#recycleIfDue(worker);
      this.#options.onRoom(); // it may have been too late to be given requests
    }
  }

  requestEnded(worker: WorkerHandle): void {
    // The other limits can wait for the next heartbeat.
    if (this.#options.recycling.maximumRequests > 0) this.#recycleIfDue(worker);
    this.#options.onRoom();
  }

  refused(request: BridgeRequest): void {
    this.#options.onRefused(request);
  }

  socketRefused(request: UpgradeRequest): void {
    this.#options.onSocketRefused(request);
  }

  async #prepare(generation: number): Promise<WorkerFailure | undefined> {
    const failure = await this.#options.prepare(generation);
    this.#lastFailure = failure ?? this.#lastFailure;
    return failure;
  }

  /** Starts the next worker of a slot and settles with why it is not ready, or undefined. */
  async #launch(slot: Slot, generation = this.#generation): Promise<WorkerFailure | undefined> {
    delete slot.timer;
    const place = this.#served ? 0 : this.#slots.indexOf(slot);
    const limits = spreadLimits(this.#options.recycling, {
      place,
      places: this.#slots.length,
      random: this.#options.random(),
    });
    const worker = this.#options.create({ generation, limits, observer: this });
    slot.next = worker;
    this.#workers.add(worker);
    const failure = await worker.ready;
    this.#lastFailure = failure;
    if (failure !== undefined && this.refusal === 'no-worker') this.#options.onNoWorker();
    return failure;
  }

  /** Replacements wait for each other: at no time is more than one worker's capacity on its way out. */
  async #takeTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#replacing.then(work);
    this.#replacing = turn.catch(() => undefined);
    return turn;
  }

  async #replace(
    slot: Slot,
    reason: StoppingCommand['reason'],
    generation = this.#generation,
  ): Promise<WorkerFailure | undefined> {
    if (slot.next !== undefined) await slot.next.ready; // one is on its way, but maybe of the old code
    if (this.#stopping) return undefined;
    clearTimeout(slot.timer);
    slot.reason = reason;
    const failure = await this.#launch(slot, generation);
    if (failure === undefined) this.#count(reason);
    return failure;
  }

  #recycleIfDue(worker: WorkerHandle): void {
    const slot = this.#slots.find(({ current }) => current === worker);
    if (slot === undefined || slot.recycling || this.#stopping) return;
    const reason = worker.recycleReason;
    if (reason === undefined) return;
    slot.recycling = true;
    log('notice', `worker is replaced: ${reason}`, { ...worker.status });
    void this.#takeTurn(async () => (slot.current === worker ? this.#replace(slot, reason) : undefined)).then(
      (failure) => {
        if (failure === undefined) return;
        log('error', 'replacement failed, the old worker stays', {
          worker: worker.id,
          reason: failure.message,
        });
        // Tried again at the next occasion, later each time.
        setTimeout(() => (slot.recycling = false), slot.policy.nextDelayMs() + 1000).unref();
      },
    );
  }

  #count(reason: string): void {
    this.#restarts.set(reason, (this.#restarts.get(reason) ?? 0) + 1);
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
    this.#generation = Math.max(this.#generation, worker.generation);
    old?.announceStop(slot.reason ?? 'restart');
    old?.drain(slot.drainMs);
    this.#options.onRoom();
    if (!this.#served) {
      this.#served = true;
      for (const other of this.#slots) this.#restartIfEmpty(other);
    }
  }

  #forget(worker: WorkerHandle): void {
    this.#workers.delete(worker);
    this.#options.onEnded(worker);
    const slot = this.#slots.find(({ current, next }) => current === worker || next === worker);
    if (slot === undefined) return; // replaced before
    if (slot.next === worker) delete slot.next;
    if (slot.current === worker) {
      delete slot.current;
      if (!this.#stopping) this.#count('ended');
    }
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

function noSuchWorker(id: number | undefined): WorkerFailure {
  return { code: NO_SUCH_WORKER, message: `there is no worker ${id} that serves` };
}
