import type { AppSettings, TrustSettings, WorkerFailure } from '@httpd-express/worker/messages';

/** What the supervisor and the bridge say to each other over IPC. Types and constants only: the supervisor imports them. */

/** The account a process gives itself away to. */
export interface Identity {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Everything the bridge is told, once, as its first message. Times in milliseconds; 0 switches a limit off. */
export interface BridgeSettings {
  /** Where httpd connects. Its directory exists and belongs to the bridge's account. */
  readonly socketPath: string;
  /**
   * Where httpd connects, with HTTP/1.1, for a request that asks for a WebSocket. In the same directory; absent means that
   * none comes.
   */
  readonly upgradeSocketPath?: string;
  /** Mode of these sockets: 0600, or 0660 when httpd's children have another account than the bridge. */
  readonly socketMode: number;
  /** Directory of the workers' own sockets. */
  readonly workerSocketDirectory: string;
  /** Set when started as root: become this account before anything of the user's is touched. */
  readonly identity?: Identity;
  readonly app: AppSettings;
  /** Scripts that decide who is let in, in a process and behind a socket of their own; absent where there are none. */
  readonly access?: BridgeSettings;
  readonly workingDirectory: string;
  /** Environment of the workers, but for what `launch` adds where it leaves something open. */
  readonly env: Readonly<Record<string, string>>;
  readonly launch: LaunchSettings;
  readonly processGroup: string;
  readonly publicAddress: { readonly address: string; readonly port: number };
  /** Absent: no proxy is believed. */
  readonly trust?: TrustSettings;
  readonly processes: number;
  /** Requests in flight per worker. */
  readonly concurrency: number;
  /** Requests that wait when every worker is full; one more is answered 503. */
  readonly maxQueueLength: number;
  readonly queueTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly startupTimeoutMs: number;
  readonly gracefulTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly deadlockTimeoutMs: number;
  /** Largest request body, also of those without a Content-Length, which httpd lets pass; 0 is no limit. */
  readonly maxBodyBytes: number;
  /** Directories of the files the app may name in X-Sendfile; none switches that off. */
  readonly sendfileRoots: readonly string[];
  /** Silence towards httpd after which an empty STDERR record is sent; below httpd's own proxy timeout. */
  readonly keepAliveIntervalMs: number;
  /** Time a drained worker has when an operator asked for the replacement (USR1); 0 means graceful-timeout. */
  readonly evictionTimeoutMs: number;
  /** When a worker is replaced although nothing is wrong with it. */
  readonly recycling: RecyclingLimits;
  /** Requests under these URL paths do not count as activity. */
  readonly ignoreActivity: readonly string[];
  /** Resident memory at which a worker is killed; 0 never. */
  readonly memoryHardLimitBytes: number;
  /** Which changes on disk replace the workers: of the app's entry file, or of any file it has loaded. */
  readonly reloadOn: 'nothing' | 'entry' | 'modules';
  /** Replacements that start at the same time when all workers are replaced. */
  readonly reloadSurge: number;
  /** Answers of our own say what went wrong inside: for development only. */
  readonly debugErrors: boolean;
}

/** How the processes of the app are started. */
export interface LaunchSettings {
  /** Their Node; absent means the bridge's own. */
  readonly nodePath?: string;
  /** Options of Node, one argument each. */
  readonly nodeOptions: readonly string[];
  /** URLs of files, and packages as they are resolved from the working directory: loaded before anything else. */
  readonly imports: readonly string[];
  /** What `env` and the files leave open. */
  readonly envDefaults: Readonly<Record<string, string>>;
  /** Files of NAME=VALUE, read with the app's account at each reload; the last one wins. */
  readonly envFiles: readonly string[];
  /** One more, which may be missing. */
  readonly optionalEnvFile?: string;
}

/** Limits after which a worker is replaced by a new one; 0 means never. */
export interface RecyclingLimits {
  /** Time the app has to end a request that got 504, after it was told; beyond it the worker is taken for broken. */
  readonly interruptTimeoutMs: number;
  /** Each worker's own limit is up to a tenth off, so that they do not all reach it at once. */
  readonly maximumRequests: number;
  readonly restartIntervalMs: number;
  /** Time without a request, counted from the first one. */
  readonly inactivityTimeoutMs: number;
  readonly cpuTimeLimitMs: number;
  readonly memoryLimitBytes: number;
}

/** Commands that are answered. `id` comes back with the answer, which may come when nobody waits for it any more. */
export type BridgeQuestion =
  /** Replace workers, replacement first. `evict`: with eviction-timeout. `worker`: only that one. Answered by `rolled`. */
  | { readonly type: 'roll'; readonly id: number; readonly evict?: boolean; readonly worker?: number }
  /** Answered by `status`. */
  | { readonly type: 'status'; readonly id: number };

/** Supervisor → bridge. */
export type BridgeCommand =
  | BridgeQuestion
  | { readonly type: 'configure'; readonly settings: BridgeSettings }
  /** Finish what is in flight, stop the workers, exit 0. */
  | { readonly type: 'stop' }
  /** Passed on to every worker as the signal itself. */
  | { readonly type: 'signal'; readonly signal: 'SIGUSR2' }
  /** Close WebSockets and accept no more: a stop follows when httpd has seen them end. */
  | { readonly type: 'closeSockets' };

/** Bridge → supervisor. */
export type BridgeReport =
  /** The first worker is ready and the socket listens. */
  | { readonly type: 'ready' }
  /** The first worker cannot start; the bridge exits by itself with `BridgeExitCode.appFailed`. */
  | { readonly type: 'failed'; readonly failure: WorkerFailure }
  | BridgeAnswer;

/** To a question of the same `id`. */
export type BridgeAnswer =
  | { readonly type: 'rolled'; readonly id: number; readonly failure?: WorkerFailure }
  | { readonly type: 'status'; readonly id: number; readonly status: BridgeStatus };

/** Code of the failure that answers `roll` for a worker that does not serve. */
export const NO_SUCH_WORKER = 'ERR_BRIDGE_NO_SUCH_WORKER';

/** A moment of the bridge. */
export interface BridgeStatus {
  readonly pid: number;
  /** Counts the reloads: workers of the latest one carry this number. */
  readonly generation: number;
  readonly queueLength: number;
  /** Workers that were replaced or ended, by reason. */
  readonly restarts: Readonly<Record<string, number>>;
  /** Why the latest worker that did not become ready did not. */
  readonly lastFailure?: WorkerFailure;
  readonly workers: readonly WorkerStatus[];
}

/** A moment of one worker. */
export interface WorkerStatus {
  readonly id: number;
  readonly pid: number;
  readonly state: string;
  readonly generation: number;
  readonly uptimeMs: number;
  readonly inFlight: number;
  /** Upgraded connections. */
  readonly sockets: number;
  readonly requests: number;
  readonly rssBytes: number;
  readonly cpuTimeMs: number;
  readonly loopDelayMs: number;
}

/** Exit codes of the bridge. */
export const BridgeExitCode = {
  ok: 0,
  /** A bug. */
  crashed: 1,
  /** The app could not be started; `failed` said why. */
  appFailed: 100,
  /** The account could not be changed, or its change did not hold. */
  identity: 101,
  cannotListen: 102,
} as const;
