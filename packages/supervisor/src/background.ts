import { BackgroundStartError } from './errors.ts';
import { openLog, readTail } from './error-log.ts';
import { type ProcessExit } from './process-exit.ts';
import { RunningProcess } from './running-process.ts';
import { startProcess } from './spawn.ts';
import { waitForFirst } from './wait.ts';

/** Tells a supervisor that whoever started it waits for a report over IPC. */
const BACKGROUND_VARIABLE = 'HTTPD_EXPRESS_BACKGROUND';

const STARTED = 'started';

/** Child → starter, once everything is up. */
interface StartedReport {
  readonly type: typeof STARTED;
}

/** What to start, and where it writes until it has logs of its own. */
export interface BackgroundStart {
  /** Program and arguments: `[node, cli, 'run', '--server-root', DIR]`. */
  readonly argv: readonly [file: string, ...args: string[]];
  /** Written anew at each start. */
  readonly logPath: string;
  readonly cwd?: string;
  /** Complete environment; absent means ours. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Starts a supervisor that outlives us; resolves with its pid once it is ready. When we end before that, it stops.
 *
 * @throws {BackgroundStartError} ERR_SUPERVISOR_BACKGROUND_START, with what it printed
 */
export async function startInBackground({ argv, logPath, cwd, env }: BackgroundStart): Promise<number> {
  const [file, ...args] = argv;
  const log = await openLog(logPath, 'w');
  const command = {
    file,
    args,
    env: { ...(env ?? process.env), [BACKGROUND_VARIABLE]: 'ipc' },
    stdio: ['ignore' as const, log.fd, log.fd, 'ipc' as const],
    ...(cwd !== undefined && { cwd }),
  };
  const running = new RunningProcess(await startProcess(command).finally(() => log.close()));
  const end = await waitForFirst<StartedReport | ProcessExit>(
    (over) => [running.nextMessage(isStarted, over), running.exited],
    {
      withinMs: 0,
      signal: new AbortController().signal,
    },
  );
  if (typeof end === 'object' && 'status' in end)
    throw new BackgroundStartError(end, await readTail(logPath));
  running.release();
  return running.pid;
}

function isStarted(message: unknown): message is StartedReport {
  return (message as Partial<StartedReport>).type === STARTED;
}

/** The supervisor's end of `startInBackground`; does nothing in the foreground. */
export interface BackgroundReport {
  /** Tells the starter that everything is up, and lets go of it. */
  readonly started: () => void;
  /** Lets go of a starter that was told nothing: it sees us end. */
  readonly close: () => void;
}

/** Must be called before anything is started: `onAbandoned` is called when the starter ends before the report. */
export function openBackgroundReport(onAbandoned: () => void): BackgroundReport {
  const isAwaited = process.env[BACKGROUND_VARIABLE] !== undefined && process.connected;
  // Not for the app: it may start a supervisor of its own.
  Reflect.deleteProperty(process.env, BACKGROUND_VARIABLE);
  if (!isAwaited) return { started: () => undefined, close: () => undefined };
  process.once('disconnect', onAbandoned);
  const close = () => {
    process.removeListener('disconnect', onAbandoned);
    if (process.connected) process.disconnect();
  };
  return {
    started: () => {
      process.removeListener('disconnect', onAbandoned);
      process.send?.({ type: STARTED } satisfies StartedReport, close);
    },
    close,
  };
}
