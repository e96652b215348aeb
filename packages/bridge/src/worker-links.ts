import { type OwnReason } from './own-response.ts';
import { type BridgeRequest } from './request.ts';
import { type LinkOwner, WorkerLink } from './worker-link.ts';

/** What a worker's links report upwards. */
export interface LinksObserver {
  /** A request ended, absent where it never began: there is room for another. */
  requestEnded(request: BridgeRequest | undefined): void;
  /** The worker refuses connections; `request` has not left the bridge. */
  refused(request: BridgeRequest, reason: string): void;
}

/** The connections to one worker: as many as it has requests in flight, kept for the next ones. */
export class WorkerLinks implements LinkOwner {
  readonly workerId: number;
  lossReason: OwnReason = 'worker-lost';
  readonly #path: string;
  readonly #observer: LinksObserver;
  readonly #idle: WorkerLink[] = [];
  readonly #busy = new Set<WorkerLink>();

  constructor(workerId: number, path: string, observer: LinksObserver) {
    this.workerId = workerId;
    this.#path = path;
    this.#observer = observer;
  }

  /** Requests in flight. */
  get inFlight(): number {
    return this.#busy.size;
  }

  /** Method and path of the requests in flight, the oldest first. */
  get lines(): string[] {
    return [...this.#busy].flatMap(({ request }) => (request === undefined ? [] : [request.line]));
  }

  /** Gives the worker a request. */
  carry(request: BridgeRequest): void {
    const link = this.#idle.pop() ?? new WorkerLink(this.#path, this);
    this.#busy.add(link);
    link.carry(request);
  }

  /** Closes every connection: requests in flight fail with `lossReason`. */
  destroy(): void {
    for (const link of [...this.#idle, ...this.#busy]) link.destroy();
  }

  linkFreed(link: WorkerLink, reusable: boolean, request: BridgeRequest | undefined): void {
    this.#busy.delete(link);
    if (reusable) this.#idle.push(link);
    this.#observer.requestEnded(request);
  }

  linkRefused(link: WorkerLink, request: BridgeRequest, reason: string): void {
    this.#busy.delete(link);
    this.#observer.refused(request, reason);
  }

  linkClosed(link: WorkerLink): void {
    const index = this.#idle.indexOf(link);
    if (index >= 0) this.#idle.splice(index, 1);
  }
}
