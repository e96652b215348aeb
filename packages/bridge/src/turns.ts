/** Who has something to do at the end of a turn. */
export interface TurnTaker {
  /** Requests with the worker. */
  readonly inFlight: number;
  /** Sends what was gathered, and answers how many requests have begun with it. */
  endTurn(): number;
}

/** Requests in flight, and begun per millisecond, from which on others are about to come or to be answered. */
const BUSY_IN_FLIGHT = 6;
const BUSY_PER_MS = 2;
/** Over which they are counted. */
const WINDOW_MS = 5;
/** The kernel makes some 150 µs of it (prctl(2), PR_SET_TIMERSLACK). */
const NAP_MS = 0.1;

/**
 * Ends of the event loop's turns: what comes in one leaves together. Under load each turn is followed by a moment's sleep.
 * httpd and the workers do their part meanwhile, and the next turn finds several requests and answers, not one: waking
 * each other for each is much of what small requests cost, and keeps from the processors who has work to do.
 */
export class Turns {
  readonly #now: () => number;
  readonly #sleep: (ms: number) => void;
  readonly #takers = new Set<TurnTaker>();
  #windowFrom = 0;
  #begun = 0;
  #isBusy = false;

  /**
   * @param now the clock, in milliseconds
   * @param sleep blocks this thread
   */
  constructor(now: () => number = () => performance.now(), sleep = block) {
    this.#now = now;
    this.#sleep = sleep;
  }

  /** Calls `taker.endTurn` at the end of this turn, once. */
  awaitEnd(taker: TurnTaker): void {
    if (this.#takers.size === 0) setImmediate(endTurn, this);
    this.#takers.add(taker);
  }

  /** A worker waits in the middle of a response: for a while no turn is followed by sleep. */
  stayAwake(): void {
    this.#begun = -Infinity;
    this.#isBusy = false;
  }

  /** For the event loop only. */
  end(): void {
    let inFlight = 0;
    for (const taker of this.#takers) {
      this.#begun += taker.endTurn();
      inFlight += taker.inFlight;
      this.#takers.delete(taker); // not before: what it writes meanwhile needs no other turn
    }
    this.#judge();
    if (this.#isBusy && inFlight >= BUSY_IN_FLIGHT) this.#sleep(NAP_MS);
  }

  #judge(): void {
    const now = this.#now();
    const passedMs = now - this.#windowFrom;
    if (passedMs < WINDOW_MS) return;
    this.#isBusy = this.#begun >= BUSY_PER_MS * passedMs;
    this.#windowFrom = now;
    this.#begun = 0;
  }
}

/** Those of this process. */
export const turns = new Turns();

function endTurn(ended: Turns): void {
  ended.end();
}

const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Node's timers know whole milliseconds only. */
function block(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}
