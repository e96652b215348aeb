import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CertificateWatch } from './certificate-watch.ts';
import { requireUsable } from './config-test.ts';
import {
  type ControlReply,
  type ControlRequest,
  type RollArguments,
  type SupervisorState,
  type SupervisorStatus,
} from './control-messages.ts';
import { ControlSocket } from './control-socket.ts';
import { ErrorLog } from './error-log.ts';
import {
  BridgeNotRunningError,
  NoSuchWorkerError,
  ServerRootWriteError,
  StartInterruptedError,
  SupervisorNotReadyError,
} from './errors.ts';
import { type Keepers, type KeepersOptions, createKeepers } from './keepers.ts';
import { LogRotation } from './log-rotation.ts';
import { SUPERVISOR_PID_FILE, waitForPredecessor } from './predecessor.ts';
import { listenAddresses, requirePortFree } from './probe.ts';
import { signalStatus } from './process-exit.ts';
import { SerialCommands } from './serial-commands.ts';
import { ServerRootLock } from './server-root-lock.ts';
import { type ServerRoot, openServerRoot } from './server-root.ts';
import { type SupervisorSettings } from './supervisor-settings.ts';
import { createDeferred, waitForAbort } from './wait.ts';

/** What a caller may replace. */
export interface SupervisorOptions extends Pick<KeepersOptions, 'bridgeMainPath' | 'restart'> {
  /** Where the banner goes; absent means our stdout. */
  readonly stdout?: { write(text: string): unknown };
  /** Looks at the files of the server root before anything is started. Rejects when nothing is to be. */
  readonly prepareStart?: () => Promise<void>;
  /** Writes the files of the server root again before httpd reads them in a reload. Rejects when nothing is to change. */
  readonly prepareReload?: () => Promise<void>;
  /** Taken when the server root was written; absent means that `start` takes one. The end releases it. */
  readonly lock?: ServerRootLock;
}

/** What `start` has made and the end removes. */
interface Tenure {
  readonly root: ServerRoot;
  readonly lock: ServerRootLock;
  readonly control: ControlSocket;
}

/** httpd and the bridge from outside: `start` once, then `run` until it is over. */
export class Supervisor {
  readonly #settings: SupervisorSettings;
  readonly #options: SupervisorOptions;
  readonly #log: ErrorLog;
  readonly #httpd: Keepers['httpd'];
  readonly #bridge: Keepers['bridge'];
  readonly #services: Keepers['services'];
  readonly #rotation: LogRotation | undefined;
  readonly #certificates: CertificateWatch | undefined;
  readonly #commands = new SerialCommands();
  /** Aborted when the end begins: gives up whatever is being started. */
  readonly #ending = new AbortController();
  /** Aborted by a second signal: waits become short. */
  readonly #hurry = new AbortController();
  /** Resolves when nothing runs any more and only the answers to commands are left. */
  readonly #nothingRuns = createDeferred<undefined>();
  #state: SupervisorState = 'created';
  #exitStatus = 0;
  #tenure: Tenure | undefined;
  #ended: Promise<void> | undefined;

  constructor(settings: SupervisorSettings, options: SupervisorOptions = {}) {
    this.#settings = settings;
    this.#options = options;
    this.#log = new ErrorLog(settings.errorLogPath);
    this.#rotation = settings.logRotation && new LogRotation(settings.logRotation, this.#log);
    this.#certificates =
      settings.certificates &&
      new CertificateWatch(settings.certificates, (reason) => this.obey(() => this.#renew(reason)));
    const keepers = createKeepers(settings, {
      ...options,
      log: this.#log,
      onGivenUp: (problem) => {
        this.#giveUp(problem);
      },
      cleanSockets: async () => {
        await this.#tenure?.root.cleanSockets();
      },
    });
    this.#httpd = keepers.httpd;
    this.#bridge = keepers.bridge;
    this.#services = keepers.services;
  }

  get state(): SupervisorState {
    return this.#state;
  }

  /**
   * Starts everything and prints the banner; resolves when httpd answers. When it rejects, with a coded error of this
   * package or of the worker, nothing is left running and no socket or pid file remains.
   */
  async start(): Promise<void> {
    this.#state = 'starting';
    const root = await openServerRoot(this.#settings.serverRoot);
    this.#tenure = await this.#beginTenure(root);
    try {
      for (const address of listenAddresses(this.#settings)) {
        await waitForPredecessor(root.path, address);
        await requirePortFree(address);
      }
      await root.clean();
      await this.#options.prepareStart?.();
      await this.#startProcesses();
      await writePidFile(join(root.path, SUPERVISOR_PID_FILE));
      if (this.#ending.signal.aborted) throw new StartInterruptedError(0);
    } catch (error) {
      await this.#end();
      throw error instanceof StartInterruptedError ? new StartInterruptedError(this.#exitStatus) : error;
    }
    this.#state = 'running';
    this.#rotation?.start();
    this.#certificates?.start();
    (this.#options.stdout ?? process.stdout).write(this.#settings.banner);
  }

  /**
   * Resolves with the exit status when nothing runs any more: 0 after an orderly stop, httpd's own when it died for
   * good, 128 + n when a second signal forced the end.
   */
  async run(): Promise<number> {
    await waitForAbort(this.#ending.signal);
    await this.#end();
    return this.#exitStatus;
  }

  /**
   * Makes httpd read its configuration again, if that is right, and replaces the workers.
   *
   * @throws {SupervisorNotReadyError | ConfigTestError | CertificatePairError | RunDirectoryError} and what `roll` throws
   */
  reload(): Promise<void> {
    return this.#commands.run('reload', async () => {
      this.#requireRunning('reload');
      await this.#options.prepareReload?.();
      await this.#certificates?.forget();
      await requireUsable(this.#settings);
      this.#httpd.current?.graceful();
      await this.#rollBridge();
    });
  }

  /**
   * Replaces the workers, new ones first. Where only files are served there are none, and that is no failure.
   *
   * @throws {SupervisorNotReadyError | BridgeNotRunningError | NoSuchWorkerError | RollFailedError | BridgeDiedError |
   *   BridgeSilentError}
   */
  roll({ evict = false, worker }: RollArguments = {}): Promise<void> {
    const which = { evict, ...(worker !== undefined && { worker }) };
    return this.#commands.run(`roll ${JSON.stringify(which)}`, async () => {
      this.#requireRunning('replace the workers');
      await this.#rollBridge(which);
    });
  }

  /** Passes a signal to the app. */
  signalApp(signal: 'SIGUSR2'): void {
    this.#bridge?.current?.signalApp(signal);
  }

  /**
   * Stops httpd and the bridge and starts them again; if the second fails, the supervisor ends as well.
   *
   * @throws {SupervisorNotReadyError | ConfigTestError | CertificatePairError | RunDirectoryError} and what `start` throws
   */
  restart(): Promise<void> {
    return this.#commands.run('restart', async () => {
      this.#requireRunning('restart');
      await requireUsable(this.#settings);
      await this.#stopProcesses();
      await this.#startProcesses().catch((error: unknown) => {
        if (!this.#ending.signal.aborted) this.#giveUp(error as Error);
        throw error;
      });
    });
  }

  /** A moment of everything. */
  async findStatus(): Promise<SupervisorStatus> {
    const { url, httpdVersion } = this.#settings;
    const httpd = { state: this.#httpd.state, version: httpdVersion, ...pidOf(this.#httpd.current) };
    const bridge = this.#bridge && { state: this.#bridge.state, ...pidOf(this.#bridge.current) };
    const details = await this.#bridge?.current?.findStatus();
    return {
      pid: process.pid,
      state: this.#state,
      serverRoot: this.#settings.serverRoot,
      url,
      httpd,
      ...(this.#services.length > 0 && {
        services: this.#services.map(([name, keeper]) => ({
          name,
          state: keeper.state,
          ...pidOf(keeper.current),
        })),
      }),
      ...(bridge && { bridge: details === undefined ? bridge : { ...bridge, details } }),
    };
  }

  /** Begins the end: requests finish, within the time-outs. A signal that comes when it has begun makes it short. */
  stop(signal?: NodeJS.Signals): void {
    if (this.#ending.signal.aborted) {
      if (signal === undefined) return;
      this.#hurry.abort();
      this.#exitStatus = signalStatus(signal);
    } else {
      // Nothing was served yet: whoever started us learns that a signal ended it.
      if (this.#state === 'starting' && signal !== undefined) this.#exitStatus = signalStatus(signal);
      this.#ending.abort();
    }
  }

  /** Runs a command that nobody waits for, such as a signal's: why it failed goes to the log. */
  async obey(command: () => void | Promise<void>): Promise<void> {
    try {
      await command();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      this.#log.log('error', error.message);
    }
  }

  /** Ends everything at once, without waiting: the last resort of a supervisor that crashes. */
  killNow(): void {
    this.#httpd.killNow();
    this.#bridge?.killNow();
    for (const [, service] of this.#services) service.killNow();
  }

  /** Makes httpd read its certificates again; the workers stay. */
  #renew(reason: string): Promise<void> {
    return this.#commands.run('renew', async () => {
      if (this.#ending.signal.aborted) return;
      await requireUsable(this.#settings);
      this.#log.log('notice', `${reason}: httpd reads its certificates again`);
      this.#httpd.current?.graceful();
    });
  }

  async #startProcesses(): Promise<void> {
    // The bridge first: httpd answers 503 for an app that is not there.
    await this.#bridge?.start(this.#ending.signal);
    await this.#httpd.start(this.#ending.signal);
    for (const [, service] of this.#services) await service.start(this.#ending.signal);
  }

  async #stopProcesses(): Promise<void> {
    const { gracefulTimeoutMs, shutdownTimeoutMs } = this.#settings;
    const startedAt = performance.now();
    // A WebSocket would hold httpd up until it ends.
    this.#bridge?.current?.closeSockets();
    // httpd first: it stops listening and waits for the answers that are under way.
    await this.#httpd.stop((httpd) => httpd.stop(this.#hurry.signal));
    const drainMs = Math.max(0, gracefulTimeoutMs - (performance.now() - startedAt));
    await this.#bridge?.stop((bridge) => bridge.stop(drainMs, this.#hurry.signal));
    // Last: the app may need them to finish.
    await Promise.all(
      this.#services.map(([, keeper]) =>
        keeper.stop((service) => service.stop(shutdownTimeoutMs, this.#hurry.signal)),
      ),
    );
  }

  async #beginTenure(root: ServerRoot): Promise<Tenure> {
    const { lock = new ServerRootLock(root.path) } = this.#options;
    try {
      await lock.take();
      const control = await ControlSocket.listen(root.path, (command) => this.#answer(command));
      return { root, lock, control };
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  #end(): Promise<void> {
    this.#ended ??= this.#endEverything();
    return this.#ended;
  }

  async #endEverything(): Promise<void> {
    this.#ending.abort();
    this.#state = 'stopping';
    try {
      await this.#stopProcesses();
    } finally {
      this.#rotation?.stop();
      this.#certificates?.stop();
      this.killNow();
      await this.#tenure?.root.clean();
      this.#state = 'stopped';
      const closed = this.#tenure?.control.close();
      // Who is told that nothing runs may start the next one at once.
      this.#tenure?.lock.release();
      this.#nothingRuns.resolve(undefined);
      await closed;
    }
  }

  #giveUp(problem: Error & { readonly exitStatus?: number }): void {
    this.#exitStatus = problem.exitStatus ?? 1;
    this.#log.report(problem, 'giving up');
    this.#ending.abort();
  }

  #requireRunning(command: string): void {
    const state = this.#ending.signal.aborted && this.#state === 'running' ? 'stopping' : this.#state;
    if (state !== 'running') throw new SupervisorNotReadyError(command, state);
  }

  async #rollBridge(which: RollArguments = {}): Promise<void> {
    if (this.#bridge === undefined) {
      if (which.worker !== undefined) throw new NoSuchWorkerError(which.worker);
    } else {
      if (this.#bridge.current === undefined) throw new BridgeNotRunningError(this.#bridge.state);
      await this.#bridge.current.roll(which);
    }
  }

  async #answer(request: ControlRequest): Promise<ControlReply> {
    switch (request.command) {
      case 'status':
        return { ok: true, status: await this.findStatus() };
      case 'graceful':
        await this.reload();
        break;
      case 'roll':
        await this.roll(request);
        return { ok: true, status: await this.findStatus() };
      case 'restart':
        await this.restart();
        break;
      case 'stop':
        this.stop();
        await this.#nothingRuns.promise;
        break;
    }
    return { ok: true };
  }
}

async function writePidFile(path: string): Promise<void> {
  await writeFile(path, `${process.pid}\n`).catch((error: unknown) => {
    throw new ServerRootWriteError(path, error);
  });
}

function pidOf(running: { readonly pid: number } | undefined): { pid?: number } {
  return running === undefined ? {} : { pid: running.pid };
}
