import { setTimeout as delay } from 'node:timers/promises';

import {
  type BridgeAnswer,
  type BridgeCommand,
  type BridgeQuestion,
  type BridgeReport,
  type BridgeSettings,
  type BridgeStatus,
  NO_SUCH_WORKER,
} from '@httpd-express/bridge/messages';

import { type RollArguments } from './control-messages.ts';
import { type ErrorLog } from './error-log.ts';
import {
  AppFailedError,
  BridgeDiedError,
  BridgeSilentError,
  BridgeStartError,
  NoSuchWorkerError,
  RollFailedError,
  StartInterruptedError,
} from './errors.ts';
import { startGuarded } from './guard.ts';
import { type ProcessExit } from './process-exit.ts';
import { type RunningProcess, type StopStep } from './running-process.ts';
import { type WaitEnd, waitForFirst } from './wait.ts';

/** What a handle of the bridge is made of. */
export interface BridgeStart {
  /** The program: `bridge/src/main.ts`, compiled. */
  readonly mainPath: string;
  readonly settings: BridgeSettings;
  readonly log: ErrorLog;
  /** Gives the start up. */
  readonly signal: AbortSignal;
}

/** The bridge keeps the app's start deadline itself and reports it; this much later we no longer believe that it will. */
const REPORT_MARGIN_MS = 5000;
/** After its own drain and shut-down the bridge has nothing to do but exit. */
const EXIT_MARGIN_MS = 1000;
const STATUS_MS = 2000;
/** How often, and for how long, a bridge that is busy with a command is asked whether it is there at all. */
const CHECK_MS = 1000;
const SILENCE_MS = 5000;

type Report<T extends BridgeReport['type']> = Extract<BridgeReport, { type: T }>;
type FirstReport = Report<'ready' | 'failed'>;
/** A question that has no number yet. */
type Unasked = BridgeQuestion extends infer Q ? (Q extends BridgeQuestion ? Omit<Q, 'id'> : never) : never;

/** For waits that only an answer or an exit ends. */
const NEVER = new AbortController().signal;

/** One run of the bridge, seen from the supervisor; its other half is `bridge/src/main.ts`. */
export class BridgeHandle {
  readonly #process: RunningProcess;
  readonly #settings: BridgeSettings;
  #lastId = 0;

  private constructor(running: RunningProcess, settings: BridgeSettings) {
    this.#process = running;
    this.#settings = settings;
  }

  /**
   * Starts the bridge; resolves when its first worker is ready.
   *
   * @throws {AppFailedError} with the worker's own code; nothing runs then
   * @throws {BridgeStartError | StartInterruptedError | ProcessStartError | ErrorLogError}
   */
  static async start({ mainPath, settings, log, signal }: BridgeStart): Promise<BridgeHandle> {
    const mark = await log.mark();
    const running = await log.withDescriptor((fd) => startBridge(mainPath, settings.workingDirectory, fd));
    const withinMs = settings.startupTimeoutMs === 0 ? 0 : settings.startupTimeoutMs + REPORT_MARGIN_MS;
    const first = (over: AbortSignal) => {
      const report = running.nextMessage(isReport('ready', 'failed'), over);
      send(running, { type: 'configure', settings });
      return [report, running.exited];
    };
    const end = await waitForFirst<FirstReport | ProcessExit>(first, { withinMs, signal });
    if (isReady(end)) return new BridgeHandle(running, settings);
    await running.kill();
    if (end === 'aborted') throw new StartInterruptedError(0);
    const tail = await log.tailSince(mark);
    if (end === 'deadline') throw new BridgeStartError({ waitedMs: withinMs }, tail);
    throw 'failure' in end
      ? new AppFailedError(end.failure, tail)
      : new BridgeStartError({ exit: end }, tail);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves when the bridge has ended. */
  get exited(): Promise<ProcessExit> {
    return this.#process.exited;
  }

  /**
   * Replaces the workers; the old ones stay where a new one does not become ready. That may take as long as the app does,
   * but not longer than the bridge says how it is.
   *
   * @throws {NoSuchWorkerError | RollFailedError | BridgeDiedError | BridgeSilentError}
   */
  async roll(which: RollArguments = {}): Promise<void> {
    const { failure } = await this.#ask({ type: 'roll', ...which }, 'rolled');
    if (failure === undefined) return;
    if (which.worker !== undefined && failure.code === NO_SUCH_WORKER)
      throw new NoSuchWorkerError(which.worker);
    throw new RollFailedError(failure, servingGenerations(await this.findStatus()));
  }

  /** What the bridge is doing, or undefined when it does not say so in time. */
  async findStatus(): Promise<BridgeStatus | undefined> {
    try {
      return (await this.#ask({ type: 'status' }, 'status', STATUS_MS)).status;
    } catch (error) {
      if (error instanceof BridgeDiedError || error instanceof BridgeSilentError) return undefined;
      throw error;
    }
  }

  /** Passes a signal to every worker. */
  signalApp(signal: 'SIGUSR2'): void {
    send(this.#process, { type: 'signal', signal });
  }

  /** Has the app's WebSockets closed, and takes no more of them. */
  closeSockets(): void {
    send(this.#process, { type: 'closeSockets' });
  }

  /** Lets requests finish for at most `drainMs`, stops the workers, then insists; nothing of its group is left. */
  async stop(drainMs: number, hurry: AbortSignal): Promise<void> {
    const { shutdownTimeoutMs } = this.#settings;
    const steps: StopStep[] = [
      {
        send: (bridge) => send(bridge, { type: 'stop' }),
        waitMs: drainMs + shutdownTimeoutMs + EXIT_MARGIN_MS,
      },
      { send: (bridge) => bridge.signal('SIGTERM'), waitMs: EXIT_MARGIN_MS },
    ];
    await this.#process.stop(steps, hurry);
    // What the app started for itself is in the group as well.
    this.killNow();
  }

  /** After an exit that nobody asked for: ends the workers, which would keep their sockets, and says what happened. */
  explainDeath(exit: ProcessExit): BridgeDiedError {
    this.killNow();
    return new BridgeDiedError(exit);
  }

  /** Ends the bridge and its workers at once, without waiting. */
  killNow(): void {
    this.#process.signalGroup('SIGKILL');
  }

  /** Asks and waits for the answer: for `withinMs`, or else until the bridge ends or falls silent. */
  async #ask<T extends BridgeAnswer['type']>(
    question: Unasked,
    answer: T,
    withinMs?: number,
  ): Promise<Report<T>> {
    const id = ++this.#lastId;
    const answered = (over: AbortSignal) => {
      const report = this.#process.nextMessage(isAnswer(answer, id), over);
      send(this.#process, { ...question, id });
      return [report, this.#process.exited, ...(withinMs === undefined ? [this.#failSilent(over)] : [])];
    };
    const end = await waitForFirst<Report<T> | ProcessExit>(answered, {
      withinMs: withinMs ?? 0,
      signal: NEVER,
    });
    if (typeof end === 'string') throw new BridgeSilentError(question.type, withinMs ?? 0);
    if ('type' in end) return end;
    throw new BridgeDiedError(end, question.type);
  }

  /** Rejects when the bridge, asked again and again until `over`, does not say how it is. */
  async #failSilent(over: AbortSignal): Promise<never> {
    for (;;) {
      await delay(CHECK_MS, undefined, { signal: over });
      await this.#ask({ type: 'status' }, 'status', SILENCE_MS);
    }
  }
}

async function startBridge(mainPath: string, cwd: string, fd: number): Promise<RunningProcess> {
  // NODE_OPTIONS are meant for the app, whose environment is in the settings.
  const env = { ...process.env };
  delete env['NODE_OPTIONS'];
  const stdio = ['ignore', fd, fd, 'ipc'] as const;
  return startGuarded(
    { file: process.execPath, args: [mainPath], cwd, env, stdio: [...stdio] },
    // It ends by itself when we are gone; a worker that is stuck in a loop does not.
    { signal: 'KILL', to: 'group' },
  );
}

/** The generations of the workers that take requests. */
function servingGenerations(status: BridgeStatus | undefined): number[] {
  const serving = status?.workers.filter(({ state }) => state === 'ready') ?? [];
  return [...new Set(serving.map(({ generation }) => generation))].sort((a, b) => a - b);
}

function send(running: RunningProcess, command: BridgeCommand): boolean {
  return running.send(command);
}

function isReport<T extends BridgeReport['type']>(...types: readonly T[]) {
  return (message: unknown): message is Report<T> => types.includes((message as Report<T>).type);
}

/** What is asked anew must not take the late answer to what was given up. */
function isAnswer<T extends BridgeAnswer['type']>(type: T, id: number) {
  return (message: unknown): message is Report<T> => {
    const answer = message as BridgeAnswer;
    return answer.type === type && answer.id === id;
  };
}

function isReady(end: WaitEnd<FirstReport | ProcessExit>): end is Report<'ready'> {
  return typeof end === 'object' && 'type' in end && end.type === 'ready';
}
