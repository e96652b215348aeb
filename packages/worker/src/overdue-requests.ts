import type { ServerResponse } from 'node:http';

/** Requests whose deadline has passed and that the app has not ended since: work that goes on for nobody. */
export class OverdueRequests {
  readonly #responses = new Map<ServerResponse, number>();
  readonly #now: () => number;

  /** @param now monotonic clock, milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A response nobody waits for any more. */
  add(res: ServerResponse): void {
    this.#responses.set(res, this.#now());
  }

  /** How long the oldest that the app has still not ended has gone on, in milliseconds; 0 when there is none. */
  takeOldestMs(): number {
    for (const res of this.#responses.keys()) if (res.writableEnded) this.#responses.delete(res);
    const [oldest] = this.#responses.values();
    return oldest === undefined ? 0 : this.#now() - oldest;
  }
}
