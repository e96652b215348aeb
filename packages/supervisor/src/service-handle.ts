import { type OutputLine, formatOutput } from '@httpd-express/bridge/output-lines';
import { OutputReader } from '@httpd-express/bridge/output-reader';

import { type ErrorLog } from './error-log.ts';
import { ServiceDiedError } from './errors.ts';
import { startGuarded } from './guard.ts';
import { type ProcessExit } from './process-exit.ts';
import { type RunningProcess } from './running-process.ts';
import { type ServiceSettings } from './supervisor-settings.ts';

/** What a handle of a service is made of. */
export interface ServiceStart {
  readonly settings: ServiceSettings;
  /** Complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where what it prints goes. */
  readonly log: ErrorLog;
}

/** Nothing marks the output of a service; no text has this in it. */
const NO_MARK = '\x1e\x00\x1e';

/** One run of a service: a program of the user's that serves no requests. */
export class ServiceHandle {
  readonly #process: RunningProcess;
  readonly #name: string;

  private constructor(running: RunningProcess, name: string) {
    this.#process = running;
    this.#name = name;
  }

  /**
   * Starts it; resolves when it runs, because nothing tells when it is ready.
   *
   * @throws {ProcessStartError} ERR_SUPERVISOR_PROCESS_START
   */
  static async start({ settings, env, log }: ServiceStart): Promise<ServiceHandle> {
    const { name, file, loaderUrl, workingDirectory, identity } = settings;
    const running = await startGuarded(
      {
        file: process.execPath,
        args: ['--enable-source-maps', ...(loaderUrl === undefined ? [] : ['--import', loaderUrl]), file],
        cwd: workingDirectory,
        env: { ...env, EXPRESS_SERVICE: name },
        stdio: ['ignore', 'pipe', 'pipe'],
        // Node gives up supplementary groups with the account.
        ...(identity && { uid: identity.uid, gid: identity.gid }),
      },
      { signal: 'KILL', to: 'group' },
    );
    const write = (level: OutputLine['level']) =>
      new OutputReader(NO_MARK, (entries) => {
        const lines = entries.map((entry) =>
          formatOutput({ ...entry, at: new Date(), origin: 'service', level, pid: running.pid, name }),
        );
        log.write(lines.join(''));
      });
    running.readOutput({ stdout: write('info'), stderr: write('error') });
    return new ServiceHandle(running, name);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves when it has ended. */
  get exited(): Promise<ProcessExit> {
    return this.#process.exited;
  }

  /** SIGTERM, and after `waitMs` SIGKILL; nothing of its group is left. */
  async stop(waitMs: number, hurry: AbortSignal): Promise<void> {
    await this.#process.stop([{ send: (service) => service.signal('SIGTERM'), waitMs }], hurry);
    this.killNow();
  }

  /** After an exit that nobody asked for: ends what it has started, and says what happened. */
  explainDeath(exit: ProcessExit): ServiceDiedError {
    this.killNow();
    return new ServiceDiedError(this.#name, exit);
  }

  /** Ends it and what it has started at once. */
  killNow(): void {
    this.#process.signalGroup('SIGKILL');
  }
}
