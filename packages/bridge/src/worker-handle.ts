import { type ChildProcess, type SendHandle } from 'node:child_process';

import {
  type CloseSocketsCommand,
  type StoppingCommand,
  type WorkerFailure,
  type WorkerReport,
  type WorkerSettings,
} from '@httpd-express/worker/messages';

import { WorkerExitedError, WorkerStartTimeoutError } from './errors.ts';
import { HeldConnections } from './held-connections.ts';
import { log } from './log.ts';
import { type RecyclingLimits, type WorkerStatus } from './messages.ts';
import { findRecycleReason, type RecycleReason } from './recycling.ts';
import { type BridgeRequest } from './request.ts';
import { type HttpdSide } from './request-sides.ts';
import { type UpgradeRequest } from './upgrade-request.ts';
import { type LinkObserver, WorkerLink } from './worker-link.ts';
import { WorkerProcess } from './worker-process.ts';
import { WorkerPulse } from './worker-pulse.ts';
import { WorkerSockets } from './worker-sockets.ts';
import { nextStep, type WorkerEvent, type WorkerState } from './worker-state.ts';

/** Longest time the stack of a stuck worker may take to get; then it is killed without. */
const STACK_TIMEOUT_MS = 2000;
/** Part of the time for draining over which sockets are closed: the rest is for the clients' answers. */
const CLOSING_SHARE = 0.8;
/** Where draining may take for ever. */
const UNLIMITED_CLOSING_MS = 30_000;

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
  readonly generation: number;
  readonly limits: RecyclingLimits;
  /** URL paths whose requests do not count as activity. */
  readonly ignoreActivity: readonly string[];
  readonly now: () => number;
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
  /** The same for a connection. */
  socketRefused(request: UpgradeRequest): void;
}

/**
 * The bridge's view of one worker for its whole life; a restart makes a new handle. The other half is
 * `packages/worker/src/main.ts`.
 */
export class WorkerHandle implements LinkObserver {
  readonly id: number;
  readonly generation: number;
  /** Wall clock: files the app loads may not be younger. */
  readonly startedAtMs = Date.now();
  /** Settles once: undefined when the worker is ready, else why it is not. */
  readonly ready: Promise<WorkerFailure | undefined>;
  /** Settles when the process has ended. */
  readonly exited: Promise<void>;
  readonly link: WorkerLink;
  readonly sockets: WorkerSockets;
  readonly #connections: HeldConnections;
  readonly #options: WorkerHandleOptions;
  readonly #process: WorkerProcess;
  #state: WorkerState = 'starting';
  #timer: NodeJS.Timeout | undefined;
  #failure: WorkerFailure | undefined;
  #settleReady!: (failure: WorkerFailure | undefined) => void;
  #settleExited!: () => void;
  readonly #pulse: WorkerPulse;
  #drainMs: number;
  readonly #files = new Set<string>();

  constructor(options: WorkerHandleOptions) {
    this.id = options.id;
    this.generation = options.generation;
    this.#options = options;
    this.#drainMs = options.deadlines.gracefulMs;
    this.#pulse = new WorkerPulse({ ...options, heartbeatIntervalMs: options.settings.heartbeatIntervalMs });
    this.ready = new Promise((resolve) => (this.#settleReady = resolve));
    this.exited = new Promise((resolve) => (this.#settleExited = resolve));
    this.link = new WorkerLink(options.id, options.settings.socketPath, this);
    this.sockets = new WorkerSockets((command, socket) => {
      this.#pulse.socketCame();
      this.#process.say(command, socket);
    });
    this.#connections = new HeldConnections((command, handle) => {
      // Node sends its handles as well as its sockets, of which it would read what is ours to read.
      this.#process.say(command, handle as SendHandle | undefined);
    });
    this.#process = new WorkerProcess(options.spawn(options.id), {
      worker: options.id,
      mark: options.settings.outputMark,
      onReport: (report) => {
        this.#onReport(report);
      },
      onEnd: () => {
        this.#onEnd();
      },
    });
    this.#process.say({ type: 'configure', settings: options.settings });
    this.#arm();
  }

  get state(): WorkerState {
    return this.#state;
  }

  get inFlight(): number {
    return this.link.inFlight;
  }

  get occupied(): number {
    return this.link.occupied;
  }

  get loopDelayMs(): number {
    return this.#pulse.latest.loopDelayMs;
  }

  /** Resident memory of the latest heartbeat. */
  get rssBytes(): number {
    return this.#pulse.latest.rssBytes;
  }

  /** Ready, and not so late with its heartbeat that its event loop must be blocked. */
  get isResponsive(): boolean {
    return this.#state === 'ready' && !this.#pulse.isLate;
  }

  /** Whether it answers requests of the sessions it has. */
  get takesSessions(): boolean {
    return this.#state === 'ready' || this.#state === 'draining';
  }

  /** The app's files it has loaded, as far as it reports them. */
  get files(): ReadonlySet<string> {
    return this.#files;
  }

  get status(): WorkerStatus {
    const { requests, inFlight, uptimeMs, rssBytes, cpuTimeMs } = this.#pulse.readVitals(this.inFlight);
    return {
      id: this.id,
      pid: this.#process.pid ?? 0,
      state: this.#state,
      generation: this.generation,
      uptimeMs,
      inFlight,
      sockets: this.sockets.count,
      requests,
      rssBytes,
      cpuTimeMs,
      loopDelayMs: this.loopDelayMs,
    };
  }

  /** Why it should be replaced by now, if it should. */
  get recycleReason(): RecycleReason | undefined {
    return findRecycleReason(
      this.#pulse.readVitals(this.inFlight + this.sockets.count),
      this.#options.limits,
    );
  }

  /** Gives it a request. Precondition: it is ready, or has the request's session. */
  carry(request: BridgeRequest): void {
    this.#pulse.requestBegan(request);
    this.link.carry(request);
  }

  /** Tells the worker why it will end. */
  announceStop(reason: StoppingCommand['reason']): void {
    this.#process.say({ type: 'stopping', reason });
  }

  /**
   * Takes no new request, closes its sockets one after the other, and ends when everything has ended or `drainMs`,
   * graceful-timeout if absent, has passed.
   */
  drain(drainMs?: number): void {
    if (drainMs !== undefined) this.#drainMs = drainMs;
    this.#apply('drain');
    for (const request of this.sockets.evacuate()) this.#options.observer.socketRefused(request);
    const withinMs = this.#drainMs > 0 ? this.#drainMs * CLOSING_SHARE : UNLIMITED_CLOSING_MS;
    if (this.#state === 'draining') this.closeSockets(1012, withinMs);
    this.#endIfIdle();
  }

  /** Has its sockets closed with this code, spread over the time; 0 is at once, whatever the app has asked for. */
  closeSockets(code: CloseSocketsCommand['code'], withinMs: number): void {
    if (this.sockets.count > 0) this.#process.say({ type: 'closeSockets', code, withinMs });
  }

  /** Ends now: SIGTERM, and SIGKILL after shutdown-timeout. */
  stop(): void {
    this.#apply('stop');
  }

  /** Ends at once: SIGKILL. */
  kill(): void {
    this.#apply('kill');
  }

  /** Passes a signal on to the app. */
  signal(signal: NodeJS.Signals): void {
    if (this.#state !== 'exited') this.#process.kill(signal);
  }

  requestEnded(request: BridgeRequest | undefined): void {
    if (request !== undefined) this.#pulse.requestEnded(request);
    this.#endIfIdle();
    this.#options.observer.requestEnded(this);
  }

  hold(connection: HttpdSide): void {
    this.#connections.hold(connection);
  }

  refused(requests: readonly BridgeRequest[], reason: string): void {
    log('error', 'worker refuses connections, it is stopped', { worker: this.id, reason });
    this.#apply('stop');
    for (const request of requests) this.#options.observer.refused(request);
  }

  #onReport(report: WorkerReport): void {
    switch (report.type) {
      case 'ready':
        this.#apply('ready');
        break;
      case 'failed':
        this.#failure = report.failure;
        break;
      case 'sockets':
        this.sockets.update(report);
        this.#endIfIdle();
        break;
      case 'loaded':
        for (const file of report.files) this.#files.add(file);
        break;
      case 'heartbeat':
        this.#pulse.beat(report);
        if (this.#state === 'ready') this.#arm();
        this.#options.observer.heartbeat(this);
        break;
    }
  }

  /** One that ended by itself may refuse a connection before its exit is known, and be told to stop for that. */
  #onEnd(): void {
    const { pid, end, endedInOrder } = this.#process;
    const wasAsked = this.#state === 'stopping' || this.#state === 'draining';
    if (!(wasAsked && endedInOrder))
      log('error', 'worker ended', { worker: this.id, pid, state: this.#state, how: end });
    if (this.#state === 'starting') this.#fail(new WorkerExitedError(this.#entry, end));
    this.#apply('exit');
  }

  #apply(event: WorkerEvent): void {
    const step = nextStep(this.#state, event);
    if (step === null) return;
    if (event === 'deadline') this.#explainDeadline();
    this.#state = step.to;
    if (step.send !== undefined) this.#process.kill(step.send);
    this.#arm();
    if (step.to === 'ready') this.#begin();
    if (step.to === 'stuck') void this.#examine();
    if (step.to === 'exited') this.#settleEnd();
    this.#options.observer.stateChanged(this);
  }

  #endIfIdle(): void {
    if (this.inFlight === 0 && this.sockets.count === 0) this.#apply('idle');
  }

  #begin(): void {
    this.#pulse.begin();
    this.#settleReady(undefined);
  }

  /** Says what the event loop is stuck in, then lets the worker be killed. */
  async #examine(): Promise<void> {
    const requests = this.link.lines;
    const stack = await this.#process.takeStack(STACK_TIMEOUT_MS);
    if (this.#state !== 'stuck') return; // it ended by itself
    log(
      'error',
      'worker is stuck and will be killed',
      { worker: this.id, pid: this.#process.pid, requests: requests.join(', ') || 'none' },
      stack ?? '    in native code: no JavaScript stack could be taken',
    );
    this.#apply('kill');
  }

  #settleEnd(): void {
    this.#settleReady(
      this.#failure ?? {
        code: 'ERR_BRIDGE_WORKER_EXITED',
        message: 'the worker was stopped while it started',
      },
    );
    this.#settleExited();
    this.sockets.end();
    this.#connections.end();
    for (const request of this.sockets.evacuate()) this.#options.observer.socketRefused(request);
  }

  /** The only place a timer starts or stops: each state has at most one deadline. */
  #arm(): void {
    clearTimeout(this.#timer);
    const { startupMs, deadlockMs, shutdownMs } = this.#options.deadlines;
    const delayMs = {
      starting: startupMs,
      ready: deadlockMs,
      stuck: STACK_TIMEOUT_MS + 1000,
      draining: this.#drainMs,
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
    if (this.#state === 'starting') this.#fail(new WorkerStartTimeoutError(this.#entry, startupMs));
    if (this.#state === 'ready') this.link.lossReason = 'worker-stuck';
    const seconds = this.#state === 'ready' ? deadlockMs / 1000 : undefined;
    log('warn', `worker passed the deadline of its state`, {
      worker: this.id,
      state: this.#state,
      inFlight: this.inFlight,
      sockets: this.sockets.count || undefined,
      noHeartbeatFor: seconds,
    });
  }

  /** What it said itself is better than what was seen of it. */
  #fail(error: WorkerExitedError | WorkerStartTimeoutError): void {
    this.#failure ??= toFailure(error, this.#process.lastWords);
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
