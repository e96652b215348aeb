import { execFile } from 'node:child_process';

/** How a program ended, and what it printed. */
export interface ProgramResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; `env` is complete. One that takes longer than half a minute is killed. */
export async function runProgram(
  file: string,
  args: readonly string[] = [],
  { cwd, env = process.env }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { cwd, env, timeout: 30_000, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      // A string is why it did not run at all, such as ENOENT.
      if (typeof error?.code === 'string') reject(new Error(`cannot run ${file}`, { cause: error }));
      else resolve({ status: error === null ? 0 : (error.code ?? -1), stdout, stderr });
    });
  });
}
