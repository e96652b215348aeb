import { type ChildProcess } from 'node:child_process';

import {
  type WorkerCommand,
  type WorkerFailure,
  type WorkerReport,
  type WorkerSettings,
} from '@httpd-express/worker/messages';

import { WorkerExitedError, WorkerStartTimeoutError } from './errors.ts';
import { log } from './log.ts';
import { type WorkerStatus } from './messages.ts';
import { OutputTail } from './output-tail.ts';
import { type BridgeRequest } from './request.ts';
import { type LinksObserver, WorkerLinks } from './worker-links.ts';
import { nextStep, type WorkerEvent, type WorkerState } from './worker-state.ts';

/** Limits of a worker's states, in milliseconds; 0 means none. */
interface WorkerDeadlines {
  readonly startupMs: number;
  readonly deadlockMs: number;
  readonly gracefulMs: number;
  readonly shutdownMs: number;
}

/** What a handle is made of. */
export interface WorkerHandleOptions {
  readonly id: number;
  readonly settings: WorkerSettings;
  readonly deadlines: WorkerDeadlines;
  /** Starts the process, with an IPC channel and piped output. */
  readonly spawn: (id: number) => ChildProcess;
  readonly observer: WorkerObserver;
}

/** What a handle tells the pool. */
export interface WorkerObserver {
  stateChanged(worker: WorkerHandle): void;
  heartbeat(worker: WorkerHandle): void;
  /** A request ended. */
  requestEnded(worker: WorkerHandle): void;
  /** It did not reach the worker and needs another. */
  refused(request: BridgeRequest): void;
}

/**
 * The bridge's view of one worker for its whole life; a restart makes a new handle. The other half is
 * `packages/worker/src/main.ts`.
 */
export class WorkerHandle implements LinksObserver {
  readonly id: number;
  /** Settles once: undefined when the worker is ready, else why it is not. */
  readonly ready: Promise<WorkerFailure | undefined>;
  /** Settles when the process has ended. */
  readonly exited: Promise<void>;
  readonly links: WorkerLinks;
  readonly #options: WorkerHandleOptions;
  readonly #child: ChildProcess;
  readonly #tail = new OutputTail();
  #state: WorkerState = 'starting';
  #timer: NodeJS.Timeout | undefined;
  #failure: WorkerFailure | undefined;
  #settleReady!: (failure: WorkerFailure | undefined) => void;
  #settleExited!: () => void;
  #requests = 0;
  #rssBytes = 0;
  #loopDelayMs = 0;

  constructor(options: WorkerHandleOptions) {
    this.id = options.id;
    this.#options = options;
    this.ready = new Promise((resolve) => (this.#settleReady = resolve));
    this.exited = new Promise((resolve) => (this.#settleExited = resolve));
    this.links = new WorkerLinks(options.id, options.settings.socketPath, this);
    this.#child = options.spawn(options.id);
    this.#listen();
    this.#say({ type: 'configure', settings: options.settings });
    this.#arm();
  }

  get state(): WorkerState {
    return this.#state;
  }

  get inFlight(): number {
    return this.links.inFlight;
  }

  get loopDelayMs(): number {
    return this.#loopDelayMs;
  }

  get rssBytes(): number {
    return this.#rssBytes;
  }

  /** Requests it was given so far. */
  get requests(): number {
    return this.#requests;
  }

  get status(): WorkerStatus {
    return {
      id: this.id,
      pid: this.#child.pid ?? 0,
      state: this.#state,
      inFlight: this.inFlight,
      requests: this.#requests,
      rssBytes: this.#rssBytes,
      loopDelayMs: this.#loopDelayMs,
    };
  }

  /** Gives it a request. Precondition: it is ready. */
  carry(request: BridgeRequest): void {
    this.#requests += 1;
    this.links.carry(request);
  }

  /** Takes no new request, ends when those in flight have ended or graceful-timeout has passed. */
  drain(): void {
    this.#apply('drain');
    if (this.inFlight === 0) this.#apply('idle');
  }

  /** Ends now: SIGTERM, and SIGKILL after shutdown-timeout. */
  stop(): void {
    this.#apply('stop');
  }

  /** Passes a signal on to the app. */
  signal(signal: NodeJS.Signals): void {
    if (this.#state !== 'exited') this.#child.kill(signal);
  }

  requestEnded(): void {
    if (this.inFlight === 0) this.#apply('idle');
    this.#options.observer.requestEnded(this);
  }

  refused(request: BridgeRequest, reason: string): void {
    log('error', 'worker refuses connections, it is stopped', { worker: this.id, reason });
    this.#apply('stop');
    this.#options.observer.refused(request);
  }

  #listen(): void {
    const child = this.#child;
    child.on('message', (report) => {
      this.#onReport(report as WorkerReport);
    });
    child.on('error', (error) => {
      this.#failure ??= toFailure(new WorkerExitedError(this.#entry, error.message));
      this.#onExit();
    });
    child.on('exit', () => {
      this.#onExit();
    });
    child.on('disconnect', () => {
      this.#onExit();
    });
    child.stdout?.on('data', (chunk: Buffer) => process.stdout.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#tail.add(chunk);
      process.stderr.write(chunk);
    });
  }

  #onReport(report: WorkerReport): void {
    switch (report.type) {
      case 'ready':
        this.#apply('ready');
        break;
      case 'failed':
        this.#failure = report.failure;
        break;
      case 'heartbeat':
        this.#rssBytes = report.rssBytes;
        this.#loopDelayMs = report.loopDelayMs;
        if (this.#state === 'ready') this.#arm();
        this.#options.observer.heartbeat(this);
        break;
    }
  }

  /** The process has ended and the channel is empty: a report sent just before the end is read before it counts. */
  #onExit(): void {
    const { exitCode, signalCode, connected, pid } = this.#child;
    if (pid !== undefined && ((exitCode === null && signalCode === null) || connected)) return;
    if (this.#state === 'exited') return;
    const how = signalCode ?? `exit status ${exitCode}`;
    if (!this.#endedAsAsked) log('error', 'worker ended', { worker: this.id, pid, state: this.#state, how });
    if (this.#state === 'starting')
      this.#failure ??= toFailure(new WorkerExitedError(this.#entry, how), this.#tail.text);
    this.#apply('exit');
  }

  /** One that ended by itself may refuse a connection before its exit is known, and be told to stop for that. */
  get #endedAsAsked(): boolean {
    const { exitCode, signalCode } = this.#child;
    const wasAsked = this.#state === 'stopping' || this.#state === 'draining';
    return wasAsked && (exitCode === 0 || signalCode === 'SIGTERM');
  }

  #apply(event: WorkerEvent): void {
    const step = nextStep(this.#state, event);
    if (step === null) return;
    if (event === 'deadline') this.#explainDeadline();
    this.#state = step.to;
    if (step.send !== undefined) this.#child.kill(step.send);
    this.#arm();
    if (step.to === 'ready') this.#settleReady(undefined);
    if (step.to === 'exited') this.#settleEnd();
    this.#options.observer.stateChanged(this);
  }

  #settleEnd(): void {
    this.#settleReady(
      this.#failure ?? {
        code: 'ERR_BRIDGE_WORKER_EXITED',
        message: 'the worker was stopped while it started',
      },
    );
    this.#settleExited();
  }

  /** The only place a timer starts or stops: each state has at most one deadline. */
  #arm(): void {
    clearTimeout(this.#timer);
    const { startupMs, deadlockMs, gracefulMs, shutdownMs } = this.#options.deadlines;
    const delayMs = {
      starting: startupMs,
      ready: deadlockMs,
      draining: gracefulMs,
      stopping: shutdownMs,
      exited: 0,
    }[this.#state];
    this.#timer =
      delayMs > 0
        ? setTimeout(() => {
            this.#apply('deadline');
          }, delayMs)
        : undefined;
  }

  #explainDeadline(): void {
    const { startupMs, deadlockMs } = this.#options.deadlines;
    if (this.#state === 'starting')
      this.#failure = toFailure(new WorkerStartTimeoutError(this.#entry, startupMs), this.#tail.text);
    if (this.#state === 'ready') this.links.lossReason = 'worker-stuck';
    const seconds = this.#state === 'ready' ? deadlockMs / 1000 : undefined;
    log('warn', `worker passed the deadline of its state`, {
      worker: this.id,
      state: this.#state,
      inFlight: this.inFlight,
      noHeartbeatFor: seconds,
    });
  }

  #say(command: WorkerCommand): void {
    // A worker that ended before it could be told anything is reported by its 'exit'.
    if (this.#child.connected) this.#child.send(command, () => undefined);
  }

  get #entry(): string {
    return this.#options.settings.app.entry;
  }
}

function toFailure(error: { code: string; message: string; hint?: string }, stack?: string): WorkerFailure {
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(stack === undefined || stack === '' ? {} : { stack }),
  };
}
