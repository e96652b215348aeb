import { type ChildProcess, type StdioOptions, execFile, spawn, spawnSync } from 'node:child_process';

import { ProcessStartError } from './errors.ts';

// The only file that starts a process. With node:child_process: importing execa costs 70 ms of the way to the
// first response, and nothing here needs it.

/** A program to start. `env` is complete; absent means ours. */
export interface ProcessCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
  /** The account to start as; takes root. Supplementary groups are given up. */
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Starts a program that outlives this call, in a session of its own, so that Ctrl-C at the terminal reaches only us
 * and its whole process group can be ended. Resolves once it is running.
 *
 * @throws {ProcessStartError} ERR_SUPERVISOR_PROCESS_START
 */
export async function startProcess(command: ProcessCommand): Promise<ChildProcess> {
  const { file, args, ...options } = command;
  try {
    const child = spawn(file, args, { ...options, detached: true });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    return child;
  } catch (error) {
    throw new ProcessStartError(file, error);
  }
}

/** What a program that ran to its end said, both streams together, and its exit status. */
export interface ProcessOutput {
  readonly status: number;
  readonly output: string;
}

/**
 * Runs a program to its end; one that takes longer than `timeoutMs` is killed and reported with status 1.
 *
 * @throws {ProcessStartError} ERR_SUPERVISOR_PROCESS_START
 */
export function runProcess(
  file: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly timeoutMs: number },
): Promise<ProcessOutput> {
  const { timeoutMs, ...rest } = options;
  return new Promise((resolve, reject) => {
    execFile(file, args, { ...rest, timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code === 'string') reject(new ProcessStartError(file, error));
      else resolve({ status: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` });
    });
  });
}

/**
 * Puts an exclusive flock(2) on an open file or directory, which stays until we close it or end; false when somebody else
 * has one. True also where that cannot be done: without the program, or on a file system without such locks.
 */
export function lockDescriptor(fd: number): boolean {
  // Node has no flock; the lock is the open file's, so that the program that asks for it may end.
  const { status, stderr } = spawnSync('flock', ['-n', '3'], {
    encoding: 'utf8',
    timeout: 5000,
    stdio: ['ignore', 'ignore', 'pipe', fd],
  });
  // busybox has one status for a lock that is taken and for one that fails, with a message.
  return status !== 1 || stderr !== '';
}

/** First line that a look-up program prints, or undefined when it fails or does not exist. */
export function findOutputLine(file: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(file, args, {
    encoding: 'utf8',
    timeout: 5000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout.split('\n', 1)[0] : undefined;
}
