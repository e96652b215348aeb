import { type ChildProcess } from 'node:child_process';

import { type ProcessExit } from './process-exit.ts';
import { setLongTimeout } from './wait.ts';

/** One attempt to make a process end: do `send`, then wait `waitMs` for its exit before the next attempt. */
export interface StopStep {
  readonly send: (target: RunningProcess) => unknown;
  readonly waitMs: number;
}

/** What a wait shrinks to once the person who stops us has lost patience. */
const HURRIED_WAIT_MS = 500;

/** Takes what a process prints. */
interface OutputTaker {
  push(chunk: Buffer): void;
  end(): void;
}

/** A started process and its process group, for as long as it lives; owns the `ChildProcess`. */
export class RunningProcess {
  readonly pid: number;
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    if (child.pid === undefined)
      throw new Error('a process without pid was taken for running. This is a bug.');
    this.pid = child.pid;
    this.#child = child;
    this.exited = new Promise((resolve) =>
      child.once('exit', (status, signal) => {
        resolve({ status, signal });
      }),
    );
    child.on('error', () => {
      // A message or signal that came too late; `exited` tells the rest.
    });
  }

  /** The next message over IPC that `isMeant` takes; not heeded any more when `over` aborts. */
  nextMessage<T>(isMeant: (message: unknown) => message is T, over: AbortSignal): Promise<T> {
    return new Promise((resolve) => {
      const listener = (message: unknown) => {
        if (!isMeant(message)) return;
        resolve(message);
        this.#child.off('message', listener);
      };
      this.#child.on('message', listener);
      over.addEventListener('abort', () => this.#child.off('message', listener), { once: true });
    });
  }

  /** Copies its piped output to readers, and tells them its end. */
  readOutput(readers: Readonly<Record<'stdout' | 'stderr', OutputTaker>>): void {
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name]?.on('data', (chunk: Buffer) => {
        readers[name].push(chunk);
      });
      this.#child[name]?.on('close', () => {
        readers[name].end();
      });
    }
  }

  /** Sends over IPC; false when the process is gone, which `exited` tells as well. */
  send(message: object): boolean {
    return this.#child.connected && this.#child.send(message, () => undefined);
  }

  /** Lets it live on without us: closes IPC, and does not keep our event loop alive for it. */
  release(): void {
    if (this.#child.connected) this.#child.disconnect();
    this.#child.unref();
  }

  /** Signals this process alone; false when it is gone. */
  signal(signal: NodeJS.Signals): boolean {
    return this.#child.kill(signal);
  }

  /** Signals every process of its group, also after its leader has ended. */
  signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // the whole group is gone
    }
  }

  /** Tries each step in turn until the process has ended, the last resort being SIGKILL to its group. */
  async stop(steps: readonly StopStep[], hurry: AbortSignal): Promise<ProcessExit> {
    for (const { send, waitMs } of steps) {
      if (this.#hasExited) break;
      send(this);
      if (await this.#exitsWithin(waitMs, hurry)) break;
    }
    if (!this.#hasExited) this.signalGroup('SIGKILL');
    return this.exited;
  }

  /** Ends the process and its group without asking. */
  async kill(): Promise<ProcessExit> {
    this.signalGroup('SIGKILL');
    return this.exited;
  }

  get #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #exitsWithin(waitMs: number, hurry: AbortSignal): Promise<boolean> {
    const waiting = new AbortController();
    const inTime = await Promise.race([this.exited.then(() => true), giveUp(waitMs, hurry, waiting.signal)]);
    waiting.abort();
    return inTime;
  }
}

/** Resolves with false after `waitMs`, or sooner when hurried; its timers end with `done`. */
function giveUp(waitMs: number, hurry: AbortSignal, done: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    const end = () => {
      resolve(false);
    };
    const timers = [setLongTimeout(end, waitMs)];
    const shorten = () => timers.push(setTimeout(end, Math.min(waitMs, HURRIED_WAIT_MS)));
    if (hurry.aborted) shorten();
    hurry.addEventListener('abort', shorten, { signal: done, once: true });
    done.addEventListener(
      'abort',
      () => {
        timers.forEach(clearTimeout);
      },
      { once: true },
    );
  });
}
