/** Delays of a {@link RestartPolicy}, in milliseconds, and its clock. */
export interface RestartPolicyOptions {
  /** Delay after the second failure in a row; it doubles from there. The first restart is immediate. */
  readonly initialDelayMs: number;
  readonly maximumDelayMs: number;
  /** A run that lasted this long after `started()` was a good one: the count begins anew. */
  readonly resetAfterMs: number;
  /** Monotonic clock. */
  readonly now: () => number;
}

/** When to start a process again that keeps ending: at once after a good run, ever later after bad ones. */
export class RestartPolicy {
  readonly #options: RestartPolicyOptions;
  #failures = 0;
  #startedAt: number | undefined;

  constructor(options: RestartPolicyOptions) {
    this.#options = options;
  }

  /** Failures in a row, the latest included. */
  get failures(): number {
    return this.#failures;
  }

  /** Tells that the process is up and doing its job. */
  started(): void {
    this.#startedAt = this.#options.now();
  }

  /** Tells that the process ended, and returns the milliseconds to wait before starting it again. */
  nextDelayMs(): number {
    const { initialDelayMs, maximumDelayMs, resetAfterMs, now } = this.#options;
    const ranWell = this.#startedAt !== undefined && now() - this.#startedAt >= resetAfterMs;
    this.#failures = ranWell ? 1 : this.#failures + 1;
    this.#startedAt = undefined;
    return this.#failures === 1 ? 0 : Math.min(initialDelayMs * 2 ** (this.#failures - 2), maximumDelayMs);
  }
}
