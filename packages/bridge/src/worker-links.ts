import { type OwnReason } from './own-response.ts';
import { type BridgeRequest, type RequestLink } from './request.ts';
import { type LinkOwner, WorkerLink } from './worker-link.ts';

/** What a worker's links report upwards. */
export interface LinksObserver {
  /** A request ended, absent where it never began: there is room for another. */
  requestEnded(request: BridgeRequest | undefined): void;
  /** The worker refuses connections; `request` has not left the bridge. */
  refused(request: BridgeRequest, reason: string): void;
}

/**
 * The connections to one worker: as many as it has requests in flight, kept for the next ones. A request takes the first
 * link that is free or accepted, in the order of arrival: a busy event loop accepts one connection per turn (libuv 1.45),
 * and a request bound to one that is not accepted would be overtaken by all that come later.
 */
export class WorkerLinks implements LinkOwner {
  readonly workerId: number;
  lossReason: OwnReason = 'worker-lost';
  readonly #path: string;
  readonly #observer: LinksObserver;
  readonly #idle: WorkerLink[] = [];
  readonly #busy = new Set<WorkerLink>();
  /** Connecting, or connected and not yet accepted. */
  readonly #opening = new Set<WorkerLink>();
  /** Requests that have no link yet, the oldest first. */
  readonly #boarding = new Set<BridgeRequest>();

  constructor(workerId: number, path: string, observer: LinksObserver) {
    this.workerId = workerId;
    this.#path = path;
    this.#observer = observer;
  }

  /** Requests in flight, those that have no link yet included. */
  get inFlight(): number {
    return this.#busy.size + this.#boarding.size;
  }

  /** Requests in flight without those that wait for their clients. */
  get occupied(): number {
    let heldUp = 0;
    for (const { request } of this.#busy) if (request?.isHeldUp === true) heldUp += 1;
    return this.inFlight - heldUp;
  }

  /** Method and path of the requests it has been given, the oldest first. */
  get lines(): string[] {
    return [...this.#busy].flatMap(({ request }) => (request === undefined ? [] : [request.line]));
  }

  /** Gives the worker a request. */
  carry(request: BridgeRequest): void {
    const link = this.#idle.pop();
    if (link !== undefined) {
      this.#board(request, link);
      return;
    }
    this.#boarding.add(request);
    request.ride(this.#createPlatform(request));
    if (this.#opening.size < this.#boarding.size) this.#opening.add(new WorkerLink(this.#path, this));
  }

  /** Takes back the requests that have no link yet: no byte of them has left. */
  evacuate(): BridgeRequest[] {
    const requests = [...this.#boarding];
    this.#boarding.clear();
    return requests;
  }

  /** Closes every connection: requests in flight fail with `lossReason`. */
  destroy(): void {
    for (const link of [...this.#idle, ...this.#busy, ...this.#opening]) link.destroy();
  }

  linkOpened(link: WorkerLink): void {
    this.#opening.delete(link);
    this.#offer(link);
  }

  linkFreed(link: WorkerLink, reusable: boolean, request: BridgeRequest | undefined): void {
    this.#busy.delete(link);
    if (reusable) this.#offer(link);
    else if (this.#opening.size < this.#boarding.size) this.#opening.add(new WorkerLink(this.#path, this));
    this.#observer.requestEnded(request);
  }

  linkRefused(link: WorkerLink, reason: string): void {
    this.#opening.delete(link);
    for (const request of this.evacuate()) this.#observer.refused(request, reason);
  }

  linkClosed(link: WorkerLink): void {
    const index = this.#idle.indexOf(link);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  #offer(link: WorkerLink): void {
    const [oldest] = this.#boarding;
    if (oldest === undefined) this.#idle.push(link);
    else this.#board(oldest, link);
  }

  #board(request: BridgeRequest, link: WorkerLink): void {
    this.#boarding.delete(request);
    this.#busy.add(link);
    link.carry(request);
  }

  /** What a request without a link holds on to: there is nothing to write to yet. */
  #createPlatform(request: BridgeRequest): RequestLink {
    return {
      write: () => true,
      pause: ignore,
      resume: ignore,
      free: () => {
        if (this.#boarding.delete(request)) this.#observer.requestEnded(undefined);
      },
    };
  }
}

function ignore(): void {
  // nothing to do
}
