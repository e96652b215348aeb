import { type Stats } from 'node:fs';
import { chmod, chown, lstat, mkdir, readdir, rmdir } from 'node:fs/promises';
import { tmpdir as systemTmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { type Identity } from '@httpd-express/bridge/messages';

import { findSearchObstacle } from './access.ts';
import {
  ServerRootExposedError,
  ServerRootForeignError,
  ServerRootParentError,
  ServerRootTooLongError,
  ServerRootUnreachableError,
  ServerRootUnsafeError,
  SettingsFileError,
} from './errors.ts';
import { runDirectoryOf } from './run-directory.ts';
import { formatSettings, isMarked } from './settings-file.ts';
import { findWeakness } from './trust.ts';
import { Undo } from './undo.ts';
import { type ServerRootFile, type VerifyFiles, removeIfPresent, writeFiles } from './write-files.ts';

/** Longest path of a unix socket that httpd takes in a proxy URL; the kernel's own limit is above it. */
const MAX_SOCKET_PATH_BYTES = 95;

/** Room for every socket name under the server root: `bridge.sock`, `upgrade.sock`, and a worker's with its number. */
const LONGEST_SOCKET = '/sockets/worker-9999999.sock';

/** A server root that was found or made safe: a directory of ours that nobody else can write to. */
export interface ServerRoot {
  readonly path: string;
  /** The bridge's FastCGI socket. */
  readonly socketPath: string;
  /** The bridge's HTTP socket, for requests that ask for a WebSocket. */
  readonly upgradeSocketPath: string;
  /** The bridge's FastCGI socket for questions about access. */
  readonly accessSocketPath: string;
  readonly workerSocketDirectory: string;
  /** httpd's DefaultRuntimeDir. */
  readonly runDirectory: string;
  /** Served when no other directory is named. */
  readonly documentRoot: string;
  /** Writes all files or none; see {@link writeFiles}. */
  readonly writeFiles: (files: readonly ServerRootFile[], verify?: VerifyFiles) => Promise<void>;
  /** Removes sockets and pid files. Nothing may run any more. */
  readonly clean: () => Promise<void>;
  /** Removes the sockets of the bridge and its workers, which may not run any more. */
  readonly cleanSockets: () => Promise<void>;
}

/** Where the server root is and who must reach it. */
export interface ServerRootOptions {
  readonly path: string;
  /** Set when started as root: the app's account, and the group of httpd's children. */
  readonly identity?: { readonly app: Identity; readonly httpdGid: number };
  /** Is told how to take back what is made, now and by `writeFiles` of a server root that was new. */
  readonly undo?: Undo;
  /** Taken once there is a directory, before anything is written to it. */
  readonly lock?: { readonly take: () => Promise<void> };
}

/** The server root of an address and a user when none is named: `$TMPDIR/httpd-express-HOST:PORT:UID`. */
export function defaultServerRoot(options: {
  readonly tmpdir?: string;
  readonly host?: string;
  readonly port: number;
  readonly uid: number;
  readonly platform?: NodeJS.Platform;
}): string {
  const { tmpdir = systemTmpdir(), host = 'localhost', port, uid, platform = process.platform } = options;
  // macOS: $TMPDIR is so long there that no socket fits under it.
  return join(platform === 'darwin' ? '/var/tmp' : tmpdir, `httpd-express-${host}:${port}:${uid}`);
}

/**
 * Makes the server root, or takes over one that is ours or empty. Only the last directory of the path is created.
 *
 * @throws {ServerRootTooLongError | ServerRootUnsafeError | ServerRootExposedError | ServerRootForeignError |
 *   ServerRootParentError | ServerRootUnreachableError | SupervisorRunningError}
 */
export async function prepareServerRoot({
  path,
  identity,
  undo = new Undo(),
  lock,
}: ServerRootOptions): Promise<ServerRoot> {
  // resolve() also takes off a trailing slash, with which lstat would follow a link.
  const directory = resolve(path);
  requireShortEnough(directory);
  const isMade = await createDirectory(directory);
  await lock?.take();
  // Not before: it is the directory of the one that has the lock.
  if (isMade) undo.addDirectory(directory);
  const isNew = !(await requireOurs(directory));
  const root = toServerRoot(directory, isNew ? undo : undefined);
  if (identity !== undefined) await openToAccounts(root.path, identity, undo);
  if (isNew) await root.writeFiles([formatSettings()]);
  await ensureDirectory(root.documentRoot, 0o755, { undo });
  await ensureDirectory(root.runDirectory, identity === undefined ? 0o700 : 0o711, { undo, always: true });
  await ensureDirectory(root.workerSocketDirectory, identity === undefined ? 0o700 : 0o2710, {
    undo,
    always: true,
    // The group of httpd's children, which new sockets inherit: they connect, the app's account alone creates.
    ...(identity && { uid: identity.app.uid, gid: identity.httpdGid }),
  });
  return root;
}

/**
 * Checks a server root that was prepared before, and changes nothing.
 *
 * @throws {ServerRootUnsafeError | ServerRootExposedError | ServerRootForeignError}
 * @throws {SettingsFileError} when nothing was prepared there
 */
export async function openServerRoot(path: string): Promise<ServerRoot> {
  const root = toServerRoot(resolve(path));
  const isPrepared = await requireOurs(root.path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new SettingsFileError(root.path, 'no such directory', error);
  });
  if (!isPrepared) throw new SettingsFileError(root.path, 'the directory is empty');
  return root;
}

/**
 * Makes sure that nobody else has put something where a server root is, or will be: what answers there would be theirs.
 * A directory that is missing is fine.
 *
 * @throws {ServerRootUnsafeError | ServerRootExposedError}
 */
export async function requireNotOthers(path: string): Promise<void> {
  await requireOwn(resolve(path)).catch((error: unknown) => {
    if (!NOTHING_THERE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  });
}

/** What looking at a path says when there is nothing, or nothing that we could use. */
const NOTHING_THERE = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG', 'ELOOP']);

/** What a server root at `path` would have where. Touches nothing. @throws {ServerRootTooLongError} */
export function planServerRoot(path: string): ServerRoot {
  const root = toServerRoot(resolve(path));
  requireShortEnough(root.path);
  return root;
}

/** @param undo is told of every file that is written */
function toServerRoot(path: string, undo?: Undo): ServerRoot {
  const root = {
    path,
    socketPath: join(path, 'sockets/bridge.sock'),
    upgradeSocketPath: join(path, 'sockets/upgrade.sock'),
    accessSocketPath: join(path, 'sockets/access.sock'),
    workerSocketDirectory: join(path, 'sockets'),
    runDirectory: runDirectoryOf(path),
    documentRoot: join(path, 'htdocs'),
    writeFiles: (files: readonly ServerRootFile[], verify?: VerifyFiles) => {
      for (const file of files) undo?.addFile(join(path, file.path));
      return writeFiles(path, files, verify);
    },
  };
  const cleanSockets = () => removeFiles(root.workerSocketDirectory, () => true);
  const clean = async () => {
    await removeFiles(root.path, isPidFile);
    await removeFiles(root.runDirectory, isPidFile);
    await cleanSockets();
  };
  return { ...root, clean, cleanSockets };
}

function requireShortEnough(path: string): void {
  const bytes = Buffer.byteLength(path);
  const maximumBytes = MAX_SOCKET_PATH_BYTES - LONGEST_SOCKET.length;
  if (bytes > maximumBytes) throw new ServerRootTooLongError(path, bytes, maximumBytes);
}

/** Exclusive and private from the first moment. False when it is there already: it is judged afterwards. */
async function createDirectory(path: string): Promise<boolean> {
  try {
    requireUnexposed(path);
    await mkdir(path, 0o700);
    return true;
  } catch (error) {
    if (error instanceof ServerRootExposedError) throw error;
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw new ServerRootParentError(path, error);
    return false;
  }
}

/** Root runs the programs of its server root: nobody else may be able to put another one in its place. */
function requireUnexposed(path: string): void {
  if (process.geteuid?.() !== 0) return;
  const weakness = findWeakness(dirname(path));
  if (weakness !== undefined) throw new ServerRootExposedError(path, weakness);
}

/** True when the directory carries our mark, false when it is empty; anything else is refused. */
async function requireOurs(path: string): Promise<boolean> {
  await requireOwn(path);
  if ((await readdir(path)).length === 0) return false;
  if (!(await isMarked(path))) throw new ServerRootForeignError(path);
  return true;
}

async function requireOwn(path: string): Promise<void> {
  requireUnexposed(path);
  const problem = problemOf(await lstat(path));
  if (problem !== undefined) throw new ServerRootUnsafeError(path, problem);
}

function problemOf(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return 'is a symbolic link';
  if (!stats.isDirectory()) return 'is not a directory';
  if (stats.uid !== process.geteuid?.()) return `belongs to uid ${stats.uid}`;
  return (stats.mode & 0o022) === 0
    ? undefined
    : `can be written to by others (mode ${(stats.mode & 0o7777).toString(8)})`;
}

/** httpd's children and the app must pass through the directory, not read it. */
async function openToAccounts(
  path: string,
  { app, httpdGid }: { app: Identity; httpdGid: number },
  undo: Undo,
): Promise<void> {
  const { mode } = await lstat(path);
  undo.add(() => chmod(path, mode & 0o7777));
  await chmod(path, (mode & 0o7777) | 0o011);
  const accounts = {
    [app.user]: { uid: app.uid, groups: [app.gid] },
    'httpd’s children': { uid: -1, groups: [httpdGid] },
  };
  for (const [name, account] of Object.entries(accounts)) {
    const obstacle = findSearchObstacle(account, join(path, 'sockets'));
    if (obstacle !== undefined) throw new ServerRootUnreachableError(path, name, obstacle.path);
  }
}

interface DirectoryOptions {
  readonly undo: Undo;
  readonly uid?: number;
  readonly gid?: number;
  /** Set mode and owner also of a directory that was there: the accounts may have changed. */
  readonly always?: true;
}

async function ensureDirectory(
  path: string,
  mode: number,
  { undo, uid, gid, always }: DirectoryOptions,
): Promise<void> {
  const isNew = await mkdir(path, 0o700).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return false;
    },
  );
  if (isNew) undo.addDirectory(path);
  if (!(await lstat(path)).isDirectory()) throw new ServerRootUnsafeError(path, 'is not a directory');
  if (!isNew && always !== true) return;
  // Only root gives directories away, so only root takes them back. chmod last: chown clears the set-group-id bit.
  if (process.geteuid?.() === 0) await chown(path, uid ?? 0, gid ?? 0);
  await chmod(path, mode);
}

/** httpd writes `httpd.pid.XXXXXX` and renames it; where the disk is full it leaves that behind. */
function isPidFile(name: string): boolean {
  return /\.pid(\.\w{6})?$/.test(name);
}

async function removeFiles(directory: string, isMeant: (name: string) => boolean): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // somebody tidied up before us
    throw error;
  });
  for (const entry of entries.filter(({ name }) => isMeant(name))) {
    const place = join(directory, entry.name);
    await (entry.isDirectory() ? removeIfEmpty(place) : removeIfPresent(place));
  }
}

/** The app's account can put directories there, and to descend as root is to be led elsewhere: one that holds something stays. */
async function removeIfEmpty(directory: string): Promise<void> {
  await rmdir(directory).catch((error: unknown) => {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  });
}
