import { randomBytes } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';

import { Role } from '@httpd-express/fastcgi';
import { type WorkerFailure, type WorkerSettings } from '@httpd-express/worker/messages';

import { HttpdConnection } from './connection.ts';
import { CannotListenError } from './errors.ts';
import { FileWatch } from './file-watch.ts';
import { Launcher } from './launcher.ts';
import { log } from './log.ts';
import { type BridgeSettings, type BridgeStatus } from './messages.ts';
import { type OwnReason } from './own-response.ts';
import { Pool, type RollOptions, type WorkerPlan } from './pool.ts';
import { Router } from './router.ts';
import { Sessions } from './sessions.ts';
import { UpgradeRequest } from './upgrade-request.ts';
import { UpgradeRouter } from './upgrade-router.ts';
import { WorkerHandle } from './worker-handle.ts';

/** httpd's connections at most wait in the kernel for one turn of our event loop: they are accepted at once, always. */
const LISTEN_BACKLOG = 4096;
/** How often silences and blocked workers are looked for. */
const CHECK_INTERVAL_MS = 1000;
/** Nobody notices a reload that starts half a second later, and a look at a file costs microseconds. */
const FILE_CHECK_MS = 500;

/** The FastCGI socket httpd connects to, the queue and the workers behind it. */
export class Bridge {
  readonly #settings: BridgeSettings;
  readonly #launcher: Launcher;
  readonly #server: Server;
  readonly #connections = new Set<HttpdConnection>();
  readonly #router: Router<WorkerHandle>;
  /** Listens for requests that ask for a WebSocket. */
  readonly #upgradeServer: Server;
  readonly #upgrades: UpgradeRouter<WorkerHandle>;
  readonly #pool: Pool;
  readonly #nextWorkerId: () => number;
  #timer: NodeJS.Timeout | undefined;
  #watch: FileWatch | undefined;

  /** @param nextWorkerId numbers the workers of every bridge of this process */
  constructor(settings: BridgeSettings, workerMainPath: string, nextWorkerId: () => number = countFromOne()) {
    const now = (): number => performance.now();
    this.#settings = settings;
    this.#nextWorkerId = nextWorkerId;
    this.#launcher = new Launcher(settings, workerMainPath);
    this.#server = createServer({ pauseOnConnect: true }, (socket) => {
      const connection = new HttpdConnection(socket, this.#router);
      this.#connections.add(connection);
      connection.socket.on('close', () => this.#connections.delete(connection));
    });
    this.#upgradeServer = createServer((socket) => {
      new UpgradeRequest(socket, this.#upgrades);
    });
    const sessions = new Sessions<WorkerHandle>(now);
    this.#pool = new Pool({
      ...settings,
      now,
      random: Math.random,
      prepare: (generation) => this.#launcher.prepare(generation),
      create: (plan) => this.#createWorker(plan),
      onRoom: () => {
        this.#router.dispatch();
        this.#upgrades.dispatch();
      },
      onNoWorker: () => {
        this.#router.refuseAll('no-worker');
        this.#upgrades.refuseAll('no-worker');
      },
      onRefused: (request) => {
        this.#router.submit(request);
      },
      onSocketRefused: (request) => {
        this.#upgrades.submit(request);
      },
      onEnded: (worker) => {
        sessions.forget(worker);
      },
    });
    const routing = {
      ...settings,
      now,
      role: settings.app.kind === 'access' ? Role.Authorizer : Role.Responder,
      sessions,
      workers: () => this.#pool.ready(),
      refusal: () => this.#pool.refusal,
      explain: (reason: OwnReason) =>
        reason === 'no-worker' && settings.debugErrors ? describeFailure(this.#pool.lastFailure) : undefined,
    };
    this.#router = new Router(routing);
    this.#upgrades = new UpgradeRouter(routing);
  }

  get status(): BridgeStatus {
    return {
      pid: process.pid,
      generation: this.#pool.generation,
      queueLength: this.#router.queueLength + this.#upgrades.queueLength,
      restarts: this.#pool.restarts,
      ...(this.#pool.lastFailure === undefined ? {} : { lastFailure: this.#pool.lastFailure }),
      workers: this.#pool.workers.map((worker) => worker.status),
    };
  }

  /**
   * Listens on its sockets; stale ones of an earlier bridge are removed first.
   * @throws {CannotListenError} ERR_BRIDGE_CANNOT_LISTEN
   */
  async listen(): Promise<void> {
    const { socketPath, upgradeSocketPath, socketMode, keepAliveIntervalMs } = this.#settings;
    await listenOn(this.#server, socketPath, socketMode);
    if (upgradeSocketPath !== undefined) await listenOn(this.#upgradeServer, upgradeSocketPath, socketMode);
    this.#timer = setInterval(() => {
      for (const { request } of this.#connections) request?.keepAlive(keepAliveIntervalMs);
      this.#pool.evacuate();
    }, CHECK_INTERVAL_MS);
  }

  /** Replaces the workers when the app's files change, as far as `reloadOn` wants it. */
  watchFiles(): void {
    if (this.#settings.reloadOn === 'nothing') return;
    this.#watch = new FileWatch({
      files: () => this.#watchedFiles(),
      since: () => Math.min(...this.#pool.workers.map(({ startedAtMs }) => startedAtMs)),
      intervalMs: FILE_CHECK_MS,
      onChange: (files) => void this.#reload(files),
    });
    this.#watch.start();
  }

  /** Whether it has a worker of this number. */
  hasWorker(id: number): boolean {
    return this.#pool.workers.some((worker) => worker.id === id);
  }

  /** Settles when one worker is ready (undefined), or with the reason why none is. */
  async startWorkers(): Promise<WorkerFailure | undefined> {
    return this.#pool.start();
  }

  /** Replaces workers, replacement first. Settles with the failure of one that did not become ready. */
  async roll(options?: RollOptions): Promise<WorkerFailure | undefined> {
    return this.#pool.roll(options);
  }

  signal(signal: NodeJS.Signals): void {
    for (const worker of this.#pool.workers) worker.signal(signal);
  }

  /** Closes WebSockets, and takes no more of them. */
  closeSockets(): void {
    this.#upgrades.close();
    this.#pool.closeSockets();
  }

  /** Accepts nothing more, finishes what is in flight, stops the workers. */
  async stop(): Promise<void> {
    this.#watch?.stop();
    this.closeSockets();
    this.#server.close();
    this.#upgradeServer.close();
    this.#router.refuseAll('stopping');
    await this.#pool.stop();
    this.#launcher.dispose();
    clearInterval(this.#timer);
    const { socketPath, upgradeSocketPath } = this.#settings;
    rmSync(socketPath, { force: true });
    if (upgradeSocketPath !== undefined) rmSync(upgradeSocketPath, { force: true });
  }

  *#watchedFiles(): Iterable<string> {
    const { app, reloadOn, launch } = this.#settings;
    if (app.kind === 'script' || app.kind === 'config') yield app.entry;
    // Of a composition they are at least the files it names.
    if (reloadOn === 'modules' || app.kind === 'config')
      for (const { files } of this.#pool.workers) yield* files;
    for (const [, script] of app.handlers ?? []) yield script;
    yield* accessFiles(app);
    if (reloadOn !== 'modules') return;
    yield* launch.envFiles;
    if (launch.optionalEnvFile !== undefined) yield launch.optionalEnvFile;
  }

  async #reload(files: readonly string[]): Promise<void> {
    const isAccess = this.#settings.app.kind === 'access';
    const what = isAccess
      ? 'the scripts for access changed, their worker is'
      : 'the app changed, its workers are';
    log('notice', `${what} replaced`, { files: files.length, first: files[0] });
    const failure = await this.#pool.roll();
    if (failure === undefined) return;
    log(
      'error',
      `${isAccess ? 'the changed scripts for access do not load' : 'the changed app does not start'}, the old workers stay: ${failure.message}`,
      { code: failure.code },
      failure.stack,
    );
  }

  #createWorker(plan: WorkerPlan): WorkerHandle {
    const id = this.#nextWorkerId();
    const { startupTimeoutMs, deadlockTimeoutMs, gracefulTimeoutMs, shutdownTimeoutMs } = this.#settings;
    return new WorkerHandle({
      id,
      settings: this.#workerSettings(id, plan.generation),
      deadlines: {
        startupMs: startupTimeoutMs,
        deadlockMs: deadlockTimeoutMs,
        gracefulMs: gracefulTimeoutMs,
        shutdownMs: shutdownTimeoutMs,
      },
      spawn: () => this.#launcher.spawn(plan.generation),
      now: () => performance.now(),
      ignoreActivity: this.#settings.ignoreActivity,
      ...plan,
    });
  }

  #workerSettings(id: number, generation: number): WorkerSettings {
    const { processes, concurrency, shutdownTimeoutMs } = this.#settings;
    const {
      workerSocketDirectory,
      processGroup,
      publicAddress,
      deadlockTimeoutMs,
      requestTimeoutMs,
      reloadOn,
      trust,
    } = this.#settings;
    return {
      app: this.#launcher.appOf(generation),
      id,
      capacity: { processes, concurrency },
      shutdownTimeoutMs,
      socketPath: path.join(workerSocketDirectory, `worker-${id}.sock`),
      processGroup,
      // Secret from clients, whose text the app may print.
      outputMark: `\x1e${randomBytes(12).toString('hex')}`,
      // Several heartbeats fit into deadlock-timeout: one that is late is not a stuck worker.
      heartbeatIntervalMs: deadlockTimeoutMs > 0 ? Math.min(1000, deadlockTimeoutMs / 4) : 1000,
      publicAddress,
      handshakeTimeoutMs: requestTimeoutMs,
      reportsFiles: reloadOn === 'modules',
      ...(trust && { trust }),
    };
  }
}

function accessFiles({ access }: BridgeSettings['app']): string[] {
  return [access?.hostScript, access?.userScript, access?.groupScript].filter((file) => file !== undefined);
}

function countFromOne(): () => number {
  let last = 0;
  return () => (last += 1);
}

async function listenOn(server: Server, socketPath: string, mode: number): Promise<void> {
  try {
    rmSync(socketPath, { force: true });
  } catch (error) {
    throw new CannotListenError(socketPath, (error as Error).message, error);
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new CannotListenError(socketPath, error.message, error));
    });
    server.listen({ path: socketPath, backlog: LISTEN_BACKLOG }, resolve);
  });
  chmodSync(socketPath, mode);
}

function describeFailure(failure: WorkerFailure | undefined): string | undefined {
  return (
    failure &&
    [failure.message, failure.hint, failure.stack].filter((part) => part !== undefined).join('\n\n')
  );
}
