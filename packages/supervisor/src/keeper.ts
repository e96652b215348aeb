import { setTimeout as delay } from 'node:timers/promises';

import { type RestartPolicy } from '@httpd-express/bridge/restart-policy';

import { type ErrorLog, firstLine } from './error-log.ts';
import { StartInterruptedError } from './errors.ts';
import { type ProcessExit } from './process-exit.ts';

/** A started process that can be kept running. */
export interface Kept {
  readonly pid: number;
  readonly exited: Promise<ProcessExit>;
  /** Called once after an exit that nobody asked for: cleans up behind it and says what happened. */
  explainDeath(exit: ProcessExit): Error | Promise<Error>;
  /** Ends it at once, without waiting. */
  killNow(): void;
}

/** Where a kept process is in its life. `waiting`: it died and its restart is due. `failed`: given up. */
export type KeeperState = 'stopped' | 'starting' | 'running' | 'waiting' | 'failed';

/** What to keep running and how. */
export interface KeeperOptions<H extends Kept> {
  /** Named in the log: `httpd`, `the bridge`. */
  readonly name: string;
  /** Starts it; resolves when it does its job; gives up, leaving nothing behind, when `signal` aborts. */
  readonly start: (signal: AbortSignal) => Promise<H>;
  readonly policy: RestartPolicy;
  /** Failures in a row after which it is given up; absent means never. */
  readonly maximumFailures?: number;
  readonly onGivenUp?: (problem: Error) => void;
  readonly log: ErrorLog;
}

/** Keeps one process running: starts it, and starts it again when it dies, until it is stopped or given up. */
export class Keeper<H extends Kept> {
  readonly #options: KeeperOptions<H>;
  #state: KeeperState = 'stopped';
  #current: H | undefined;
  /** Aborted by `stop`: ends the start or the pause that is going on. */
  #retired = new AbortController();
  /** The start that is going on or over; never rejects. */
  #starting: Promise<unknown> = Promise.resolve();
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: KeeperOptions<H>) {
    this.#options = options;
  }

  get state(): KeeperState {
    return this.#state;
  }

  /** The process as it runs now; undefined while it does not. */
  get current(): H | undefined {
    return this.#state === 'running' ? this.#current : undefined;
  }

  /** Starts it for the first time, when failing is final: rejects with the reason. `signal` gives the start up. */
  async start(signal: AbortSignal): Promise<void> {
    this.#retired = new AbortController();
    await this.#launch(AbortSignal.any([signal, this.#retired.signal])).catch((error: unknown) => {
      this.#state = 'stopped';
      throw error;
    });
    this.#keeping = this.#keep(this.#retired.signal);
  }

  /** Keeps it no longer: gives up a start or pause, and ends what runs with `stopOne`. */
  async stop(stopOne: (current: H) => Promise<void>): Promise<void> {
    this.#retired.abort();
    await this.#starting;
    if (this.#current !== undefined) await stopOne(this.#current);
    await this.#keeping;
    this.#current = undefined;
    this.#state = 'stopped';
  }

  /** Ends it at once, without waiting: for a supervisor that is about to crash. */
  killNow(): void {
    this.#current?.killNow();
  }

  async #launch(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new StartInterruptedError(0);
    this.#state = 'starting';
    const start = this.#options.start(signal);
    this.#starting = start.catch(() => undefined); // its caller hears of it
    this.#current = await start;
    this.#state = 'running';
    this.#options.policy.started();
  }

  async #keep(retired: AbortSignal): Promise<void> {
    while (this.#current !== undefined) {
      const exit = await this.#current.exited;
      if (retired.aborted) return;
      const problem = await this.#current.explainDeath(exit);
      this.#current = undefined;
      await this.#startAgain(problem, retired);
    }
  }

  /** Pauses and starts until that succeeds, or is given up. */
  async #startAgain(problem: Error, retired: AbortSignal): Promise<void> {
    const { policy, maximumFailures = Infinity, log, name, onGivenUp } = this.#options;
    const delayMs = policy.nextDelayMs();
    if (policy.failures >= maximumFailures) {
      this.#state = 'failed';
      onGivenUp?.(problem);
      return;
    }
    this.#state = 'waiting';
    log.log('error', `${firstLine(problem.message)}; starting ${name} again`, {
      delayMs,
      failures: policy.failures,
    });
    try {
      await delay(delayMs, undefined, { signal: retired });
      await this.#launch(retired);
      log.log('notice', `${name} runs again`);
    } catch (error) {
      if (!retired.aborted) await this.#startAgain(expected(error), retired);
    }
  }
}

/** Coded errors are the reasons why something does not start; anything else is a bug and goes on up. */
function expected(error: unknown): Error {
  if (error instanceof Error && 'code' in error) return error;
  throw error;
}
