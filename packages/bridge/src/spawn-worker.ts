import { ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

import { inspectorFlags } from './hang-report.ts';
import { type LaunchSettings } from './messages.ts';

/** How to start a worker process. */
export interface WorkerProcessOptions {
  /** The worker's program. */
  readonly mainPath: string;
  readonly workingDirectory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly launch: Pick<LaunchSettings, 'nodePath' | 'nodeOptions'>;
  /** `--import` and its values. */
  readonly importFlags: readonly string[];
}

/** Starts a worker: stdin is empty, its output comes back to us through pipes, and it speaks IPC. */
export function spawnWorker({
  mainPath,
  workingDirectory,
  env,
  launch,
  importFlags,
}: WorkerProcessOptions): ChildProcess {
  const { nodePath = process.execPath, nodeOptions } = launch;
  return spawnOrFail(nodePath, [...inspectorFlags, ...nodeOptions, ...importFlags, mainPath], {
    cwd: workingDirectory,
    env: withUsableTmpdir(env),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

/**
 * As `spawn`, of which some failures (E2BIG, ENOMEM, ETXTBSY) are thrown and others an event: all are an event of a process
 * that never was.
 */
function spawnOrFail(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(file, args, options);
  } catch (error) {
    const child = new ChildProcess();
    process.nextTick(() => child.emit('error', error));
    return child;
  }
}

/**
 * Without a TMPDIR that is closed to us: where root has one of its own (libpam-tmpdir), neither the TypeScript loader nor
 * the app could write there as another account. Without the variable, Node takes /tmp.
 */
function withUsableTmpdir(env: WorkerProcessOptions['env']): WorkerProcessOptions['env'] {
  const { TMPDIR, ...rest } = env;
  if (TMPDIR === undefined) return env;
  try {
    accessSync(TMPDIR, constants.W_OK | constants.X_OK);
    return env;
  } catch {
    return rest; // missing, or another account's: of no use either way
  }
}
