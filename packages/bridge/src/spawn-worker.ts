import { type ChildProcess, spawn } from 'node:child_process';

import { inspectorFlags } from './hang-report.ts';

/** How to start a worker process. */
export interface WorkerProcessOptions {
  /** The worker's program. */
  readonly mainPath: string;
  readonly workingDirectory: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a worker: stdin is empty, its output comes back to us through pipes, and it speaks IPC. */
export function spawnWorker({ mainPath, workingDirectory, env }: WorkerProcessOptions): ChildProcess {
  return spawn(process.execPath, [...inspectorFlags, mainPath], {
    cwd: workingDirectory,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}
