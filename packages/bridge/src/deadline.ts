/** What a deadline is set for. */
export interface DeadlineOwner {
  /** It has passed. */
  deadlinePassed(): void;
}

/**
 * One deadline at a time, which is set anew far more often than it passes: a timer that runs is left alone, and looks at
 * the deadline when it fires. A timer for each request would cost more than anything else the bridge does for it in memory.
 */
export class Deadline {
  readonly #now: () => number;
  #at = Infinity;
  #owner: DeadlineOwner | undefined;
  #timer: NodeJS.Timeout | undefined;
  #firesAt = Infinity;

  /** @param now monotonic clock, milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** In place of the one before. */
  set(delayMs: number, owner: DeadlineOwner): void {
    this.#at = this.#now() + delayMs;
    this.#owner = owner;
    if (this.#at < this.#firesAt) this.#arm();
  }

  clear(): void {
    this.#at = Infinity;
    this.#owner = undefined;
  }

  /** Clears it for good. */
  stop(): void {
    this.clear();
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#firesAt = this.#at;
    this.#timer = setTimeout(
      () => {
        this.#fire();
      },
      Math.ceil(this.#at - this.#now()),
    ).unref();
  }

  #fire(): void {
    this.#firesAt = Infinity;
    const owner = this.#owner;
    if (owner === undefined) return;
    if (this.#now() < this.#at) {
      this.#arm();
      return;
    }
    this.clear();
    owner.deadlinePassed();
  }
}
