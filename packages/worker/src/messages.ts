/** What the bridge and a worker say to each other over IPC. Types and constants only: the bridge imports them. */

import type { Capacity, ShutdownReason } from './worker-runtime.ts';

/** How modules are loaded; see docs/typescript.md. */
export type LoaderName = 'auto' | 'tsx' | 'native' | 'none' | 'bundle';

/** The app in one file. */
export interface AppBundle {
  /** Absolute path. */
  readonly file: string;
  /** What it was made of, absolute paths. */
  readonly sources: readonly string[];
}

/** The app and how to find it. */
export interface AppSettings {
  /**
   * A file, a package specifier resolved from the working directory, a composition file, the built-in page, or scripts that
   * answer no requests but decide who is let in.
   */
  readonly kind: 'script' | 'module' | 'config' | 'splash' | 'access';
  /** Absolute path of the script or composition, or the specifier of the module. */
  readonly entry: string;
  /** Absent means auto. */
  readonly loader?: LoaderName;
  /** Loaded in place of a script, by Node alone. */
  readonly bundle?: AppBundle;
  /** Export to use; absent means the names are tried in order. */
  readonly callableObject?: string;
  /** Scripts that answer for files with these extensions; absent means none. */
  readonly handlers?: readonly (readonly [extension: string, script: string])[];
  /** `/`, or a prefix without a trailing slash that is stripped from `req.url`. */
  readonly mountPoint: string;
  /** Set with the kind `access`, whose `entry` names one of them for messages. */
  readonly access?: AccessSettings;
}

/** Scripts that decide who is let in, as absolute paths, and what they are asked about. */
export interface AccessSettings {
  /** Exports `allowAccess`. */
  readonly hostScript?: string;
  /** Exports `checkPassword`. */
  readonly userScript?: string;
  /** Exports `groupsForUser`. */
  readonly groupScript?: string;
  /** Of which a user must be in one, where there is a script for groups. */
  readonly groups: readonly string[];
  /** ASCII without quotes and backslashes. */
  readonly realm: string;
}

/** Which proxies in front of httpd are believed, and what. */
export interface TrustSettings {
  /** IP addresses and CIDR blocks. */
  readonly proxies: readonly string[];
  /** Names of headers, such as `X-Forwarded-For`; the last one wins where several speak of the same. */
  readonly headers: readonly string[];
}

/** Everything a worker is told, once, as its first message. */
export interface WorkerSettings {
  readonly app: AppSettings;
  /** Number of the worker. */
  readonly id: number;
  readonly capacity: Capacity;
  /** Time between SIGTERM and SIGKILL; 0 is no limit. */
  readonly shutdownTimeoutMs: number;
  /** Where the worker listens for FastCGI. */
  readonly socketPath: string;
  /** Shown by `ps`: `(express:GROUP)`. */
  readonly processGroup: string;
  readonly heartbeatIntervalMs: number;
  /** What the worker's output is marked with; absent means not at all. */
  readonly outputMark?: string;
  /** Time the app has to begin its answer to a request for an upgrade; 0 is no limit. */
  readonly handshakeTimeoutMs: number;
  /** Whether to report the files the app has loaded, for reloading on their changes. */
  readonly reportsFiles: boolean;
  /** What `server.address()` answers in an app that listens by itself. */
  readonly publicAddress: { readonly address: string; readonly port: number };
  /** Absent: forwarded headers are headers like any other. */
  readonly trust?: TrustSettings;
}

/** Why a worker could not start, in words for the person who started it. */
export interface WorkerFailure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** The app's own stack, source-mapped, when the app threw. */
  readonly stack?: string;
}

/** Bridge → worker. It ends with SIGTERM, as under any other host. */
export type WorkerCommand =
  | { readonly type: 'configure'; readonly settings: WorkerSettings }
  | UpgradeCommand
  | CloseSocketsCommand
  | HoldCommand
  | ReleaseCommand
  | StoppingCommand;

/** A connection that asks for an upgrade comes with this message. Answered by `sockets`. */
export interface UpgradeCommand {
  readonly type: 'upgrade';
  /** The client's request and what was read after it, one character per byte. */
  readonly head: string;
  /** CGI variables that say who is at the other end. */
  readonly variables: Readonly<Record<string, string>>;
}

/** One of httpd's connections comes with this message: parts of it are lent over the link, by its number. */
export interface HoldCommand {
  readonly type: 'hold';
  readonly connection: number;
}

/** It is over. */
export interface ReleaseCommand {
  readonly type: 'release';
  readonly connection: number;
}

/** Close upgraded connections, spread over a time; 0 is at once, whatever the app has asked for. */
export interface CloseSocketsCommand {
  readonly type: 'closeSockets';
  /** RFC 6455 §7.4.1: 1001 the server stops, 1012 it comes back. */
  readonly code: 1001 | 1012;
  readonly withinMs: number;
}

/** Its end is near, and why: the app may want to know. */
export interface StoppingCommand {
  readonly type: 'stopping';
  readonly reason: ShutdownReason;
}

/** Worker → bridge. */
export type WorkerReport =
  | { readonly type: 'ready' }
  /** The app's own files that were loaded since the last such report, absolute. */
  | { readonly type: 'loaded'; readonly files: readonly string[] }
  | { readonly type: 'failed'; readonly failure: WorkerFailure }
  /** Upgraded connections received so far, and how many of them are open. */
  | { readonly type: 'sockets'; readonly taken: number; readonly open: number }
  | {
      readonly type: 'heartbeat';
      /** How long the oldest request that passed its deadline has gone on since; 0 when none does. */
      readonly overdueMs: number;
      readonly loopDelayMs: number;
      readonly rssBytes: number;
      readonly cpuTimeMs: number;
    };

/** Exit codes of a worker. */
export const WorkerExitCode = {
  ok: 0,
  /** A bug, or an uncaught exception of the app. */
  crashed: 1,
  appFailedToLoad: 100,
  cannotListen: 101,
} as const;
