import { type OwnReason } from './own-response.ts';
import { type BridgeRequest, type RequestOwner } from './request.ts';
import { type Sessions } from './sessions.ts';

/** A worker as the router sees it. */
export interface RoutedWorker {
  readonly inFlight: number;
  /** Those in flight that the app works on: one that waits for its slow client leaves its place to others. */
  readonly occupied: number;
  /** Event-loop delay of the latest heartbeat. */
  readonly loopDelayMs: number;
  /** It answers requests of the sessions it has, also while it is being drained. */
  readonly takesSessions: boolean;
  carry(request: BridgeRequest): void;
}

/** What the router needs to know. Times in milliseconds; 0 switches a limit off. */
export interface RouterOptions<W extends RoutedWorker> {
  readonly concurrency: number;
  readonly maxQueueLength: number;
  readonly queueTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly sendfileRoots: readonly string[];
  readonly now: () => number;
  /** See `RequestOwner`. */
  readonly role: number;
  /** Workers that take requests now. */
  readonly workers: () => Iterable<W>;
  readonly sessions: Sessions<W>;
  /** Set while no worker is to be expected soon: requests are refused instead of queued. */
  readonly refusal: () => OwnReason | undefined;
  /** See `RequestOwner`. */
  readonly explain: (reason: OwnReason) => string | undefined;
}

/** How often a full worker is asked again, while requests wait, for the places of slow clients. */
const LOOK_INTERVAL_MS = 50;

/**
 * Gives each request to the ready worker with the fewest in flight, or to the one that has its session, and lets it wait,
 * bounded, while all are full.
 */
export class Router<W extends RoutedWorker> implements RequestOwner {
  readonly #options: RouterOptions<W>;
  /** In the order of arrival. */
  readonly #queue = new Set<BridgeRequest>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RouterOptions<W>) {
    this.#options = options;
  }

  get queueLength(): number {
    return this.#queue.size;
  }

  get queueTimeoutMs(): number {
    return this.#options.queueTimeoutMs;
  }

  get requestTimeoutMs(): number {
    return this.#options.requestTimeoutMs;
  }

  explain(reason: OwnReason): string | undefined {
    return this.#options.explain(reason);
  }

  get sendfileRoots(): readonly string[] {
    return this.#options.sendfileRoots;
  }

  get maxBodyBytes(): number {
    return this.#options.maxBodyBytes;
  }

  get now(): () => number {
    return this.#options.now;
  }

  get role(): number {
    return this.#options.role;
  }

  submit(request: BridgeRequest): void {
    const bound = this.#findBound(request);
    const worker = bound ?? (this.#queue.size === 0 ? this.#leastBusy() : undefined);
    if (worker !== undefined && !(worker === bound && this.#isFull(worker))) {
      this.#give(request, worker);
      return;
    }
    const refusal = this.#options.refusal();
    if (refusal !== undefined) request.fail(refusal);
    else if (this.#queue.size >= this.#options.maxQueueLength) request.fail('queue-full');
    else this.#enqueue(request);
  }

  withdraw(request: BridgeRequest): void {
    this.#queue.delete(request);
  }

  /** Called whenever a worker has room again. */
  dispatch(): void {
    for (const request of this.#queue) {
      const bound = this.#findBound(request);
      const worker = bound ?? this.#leastBusy();
      if (worker === undefined) return;
      if (worker === bound && this.#isFull(worker)) continue;
      this.#queue.delete(request);
      this.#give(request, worker);
    }
  }

  /** Answers everything that waits. */
  refuseAll(reason: OwnReason): void {
    for (const request of [...this.#queue]) request.fail(reason);
  }

  #findBound({ session }: BridgeRequest): W | undefined {
    return session.id === undefined ? undefined : this.#options.sessions.find(session.id);
  }

  #give(request: BridgeRequest, worker: W): void {
    if (request.session.opens)
      request.awaitSession((id) => {
        this.#options.sessions.remember(id, worker);
      });
    worker.carry(request);
  }

  #enqueue(request: BridgeRequest): void {
    this.#queue.add(request);
    request.wait(this.#options.queueTimeoutMs);
    this.#lookLater();
  }

  /** No event tells that a client has become slow. */
  #lookLater(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.dispatch();
      if (this.#queue.size > 0) this.#lookLater();
    }, LOOK_INTERVAL_MS).unref();
  }

  /** Who waits for its client is only looked for where all places are taken. */
  #isFull(worker: RoutedWorker): boolean {
    const { concurrency } = this.#options;
    return worker.inFlight >= concurrency && worker.occupied >= concurrency;
  }

  #leastBusy(): W | undefined {
    let best: W | undefined;
    for (const worker of this.#options.workers()) {
      if (this.#isFull(worker)) continue;
      if (best === undefined || isLessBusy(worker, best)) best = worker;
    }
    return best;
  }
}

function isLessBusy(a: RoutedWorker, b: RoutedWorker): boolean {
  return a.inFlight === b.inFlight ? a.loopDelayMs < b.loopDelayMs : a.inFlight < b.inFlight;
}
