import { type OwnReason } from './own-response.ts';
import { findSession, type Sessions } from './sessions.ts';
import { type UpgradeOwner, type UpgradeRequest } from './upgrade-request.ts';
import { type WorkerSockets } from './worker-sockets.ts';

/** A worker as it is chosen for a connection. */
export interface UpgradeWorker {
  readonly sockets: WorkerSockets;
  readonly inFlight: number;
  readonly loopDelayMs: number;
  readonly takesSessions: boolean;
}

/** What the router of upgrades needs to know; see `RouterOptions`. */
export interface UpgradeRouterOptions<W extends UpgradeWorker> {
  readonly maxQueueLength: number;
  readonly queueTimeoutMs: number;
  readonly workers: () => Iterable<W>;
  readonly sessions: Sessions<W>;
  readonly refusal: () => OwnReason | undefined;
  readonly explain: (reason: OwnReason) => string | undefined;
}

/**
 * Gives each connection that asks for an upgrade to the worker that has the fewest, or to the one that has its session;
 * it waits, bounded, while none is ready. Open sockets take no place of the requests in flight.
 */
export class UpgradeRouter<W extends UpgradeWorker> implements UpgradeOwner {
  readonly #options: UpgradeRouterOptions<W>;
  readonly #queue = new Set<UpgradeRequest>();
  #state: 'open' | 'closed' = 'open';

  constructor(options: UpgradeRouterOptions<W>) {
    this.#options = options;
  }

  get queueLength(): number {
    return this.#queue.size;
  }

  explain(reason: OwnReason): string | undefined {
    return this.#options.explain(reason);
  }

  submit(request: UpgradeRequest): void {
    const { refusal, maxQueueLength, queueTimeoutMs } = this.#options;
    const worker = this.#choose(request);
    const reason = this.#state === 'closed' ? 'stopping' : refusal();
    request.wait(queueTimeoutMs);
    if (worker !== undefined && reason !== 'stopping') worker.sockets.give(request);
    else if (reason !== undefined) request.refuse(reason);
    else if (this.#queue.size >= maxQueueLength) request.refuse('queue-full');
    else this.#queue.add(request);
  }

  withdraw(request: UpgradeRequest): void {
    this.#queue.delete(request);
  }

  /** Called whenever a worker may have become ready. */
  dispatch(): void {
    for (const request of this.#queue) {
      const worker = this.#choose(request);
      if (worker === undefined) return;
      this.#queue.delete(request);
      worker.sockets.give(request);
    }
  }

  /** Refuses from now on. */
  close(): void {
    this.#state = 'closed';
    this.refuseAll('stopping');
  }

  /** Answers everything that waits. */
  refuseAll(reason: OwnReason): void {
    for (const request of [...this.#queue]) request.refuse(reason);
  }

  #choose(request: UpgradeRequest): W | undefined {
    const { id } = findSession(request.target.replace(/^[^?]*\??/, ''));
    const bound = id === undefined ? undefined : this.#options.sessions.find(id);
    if (bound !== undefined) return bound;
    let best: W | undefined;
    for (const worker of this.#options.workers())
      if (best === undefined || isLessBusy(worker, best)) best = worker;
    return best;
  }
}

function isLessBusy(a: UpgradeWorker, b: UpgradeWorker): boolean {
  if (a.sockets.count !== b.sockets.count) return a.sockets.count < b.sockets.count;
  return a.inFlight === b.inFlight ? a.loopDelayMs < b.loopDelayMs : a.inFlight < b.inFlight;
}
