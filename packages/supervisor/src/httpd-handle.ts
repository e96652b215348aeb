import { ErrorLog, type LogMark } from './error-log.ts';
import { HttpdDiedError, HttpdStartError, StartInterruptedError } from './errors.ts';
import { startGuarded } from './guard.ts';
import { formatAddress, listenAddresses, waitForAnswer } from './probe.ts';
import { type ProcessExit } from './process-exit.ts';
import { type RunningProcess, type StopStep } from './running-process.ts';
import { waitForPidFile } from './run-directory.ts';
import { type SupervisorSettings } from './supervisor-settings.ts';
import { waitForFirst } from './wait.ts';

/** How long httpd may take until it answers. It takes some 40 ms; TLS keys and slow disks take more. */
const START_TIMEOUT_MS = 30_000;

/** What a handle of httpd is made of. */
export interface HttpdStart {
  readonly settings: SupervisorSettings;
  readonly log: ErrorLog;
  /** Gives the start up. */
  readonly signal: AbortSignal;
}

/** One run of httpd, in the foreground so that its exit status is real: `-k start` exits with 0 even if httpd then dies. */
export class HttpdHandle {
  readonly #process: RunningProcess;
  readonly #settings: SupervisorSettings;
  readonly #log: ErrorLog;
  readonly #mark: LogMark;

  private constructor(running: RunningProcess, { settings, log }: HttpdStart, mark: LogMark) {
    this.#process = running;
    this.#settings = settings;
    this.#log = log;
    this.#mark = mark;
  }

  /**
   * Starts httpd; resolves when it answers.
   *
   * @throws {HttpdStartError} ERR_SUPERVISOR_HTTPD_START, with the new part of the log; nothing runs then
   * @throws {StartInterruptedError | ProcessStartError | ErrorLogError}
   */
  static async start(start: HttpdStart): Promise<HttpdHandle> {
    const { settings, log, signal } = start;
    const mark = await log.mark();
    const startupMark = await markStartup(settings);
    const running = await log.withDescriptor((fd) => startHttpd(settings.apachectlPath, fd));
    const ready = async (over: AbortSignal) => {
      // An answer alone may be that of a server which took the port a moment before.
      await waitForPidFile(settings.serverRoot, running.pid, over);
      for (const address of listenAddresses(settings)) await waitForAnswer(address, over);
      return 'ready' as const;
    };
    const end = await waitForFirst<'ready' | ProcessExit>((over) => [ready(over), running.exited], {
      withinMs: START_TIMEOUT_MS,
      signal,
    });
    if (end === 'ready') return new HttpdHandle(running, start, mark);
    await running.kill();
    if (end === 'aborted') throw new StartInterruptedError(0);
    const outcome = end === 'deadline' ? { waitedMs: START_TIMEOUT_MS } : { exit: end };
    throw new HttpdStartError(
      settings.httpdPath,
      formatAddress(settings.listen),
      outcome,
      [await startupMark(), await log.tailSince(mark)].filter((tail) => tail !== '').join('\n'),
    );
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves when httpd has ended. */
  get exited(): Promise<ProcessExit> {
    return this.#process.exited;
  }

  /** Makes httpd read its configuration again while requests go on. It dies of a wrong one: test it first. */
  graceful(): void {
    this.#process.signal('SIGUSR1');
  }

  /** Stops listening and lets requests finish, then does not, then kills. */
  async stop(hurry: AbortSignal): Promise<void> {
    const { gracefulTimeoutMs, shutdownTimeoutMs } = this.#settings;
    const steps: StopStep[] = [
      { send: (httpd) => httpd.signal('SIGWINCH'), waitMs: gracefulTimeoutMs },
      { send: (httpd) => httpd.signal('SIGTERM'), waitMs: shutdownTimeoutMs },
    ];
    await this.#process.stop(steps, hurry);
  }

  /** After an exit that nobody asked for: ends the children, which would keep the port, and says what happened. */
  async explainDeath(exit: ProcessExit): Promise<HttpdDiedError> {
    this.#process.signalGroup('SIGKILL');
    return new HttpdDiedError(this.#settings.httpdPath, exit, await this.#log.tailSince(this.#mark));
  }

  /** Ends httpd and its children at once, without waiting. */
  killNow(): void {
    this.#process.signalGroup('SIGKILL');
  }
}

/** Remembers the startup log's size; what it answers reads what was written since. */
async function markStartup({ startupLogPath: path }: SupervisorSettings): Promise<() => Promise<string>> {
  if (path === undefined) return () => Promise.resolve('');
  const startup = new ErrorLog(path);
  const mark = await startup.mark();
  return () => startup.tailSince(mark);
}

async function startHttpd(apachectlPath: string, fd: number): Promise<RunningProcess> {
  // stdout is inherited: an access log on the terminal opens /dev/stdout. The second descriptor of the log is for an
  // error log on a terminal that cannot be opened (templates/src/context.ts): httpd loses its own stderr.
  const stdio = ['ignore', 'inherit', fd, fd] as const;
  const env = { ...process.env, HTTPD_EXPRESS_STDERR: '3' };
  return startGuarded(
    { file: apachectlPath, args: ['-DFOREGROUND'], env, stdio: [...stdio] },
    // It ends its children itself, and lets them finish what they write.
    { signal: 'TERM', to: 'leader' },
  );
}
