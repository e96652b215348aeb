// The only file that executes httpd. node:child_process and not execa: loading execa takes longer than the whole detection.
import { execFile } from 'node:child_process';

import { CannotStartError, TimeoutError } from './errors.ts';

/** httpd answers in 20 ms; one that takes longer than this waits for something. */
const defaultTimeoutMs = 5000;
const maxOutputBytes = 256 * 1024;

/** What a finished httpd left behind. */
export interface HttpdOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** How httpd is run. */
export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Put in front of the loader's search path. */
  readonly libraryPath?: string | undefined;
  readonly timeoutMs?: number | undefined;
  /** Aborted when its answer is no longer wanted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs an httpd that ends by itself (`-v`, `-V`, `-l`) and returns what it printed, whatever its exit status: `apache2 -V`
 * prints everything and then exits 1. Throws ERR_HTTPD_DETECT_CANNOT_START and ERR_HTTPD_DETECT_TIMEOUT.
 */
export async function runHttpd(
  path: string,
  args: readonly string[],
  { env, libraryPath, timeoutMs = defaultTimeoutMs, signal }: RunOptions,
): Promise<HttpdOutput> {
  const spawnOptions = {
    cwd: '/',
    env: withLibraryPath({ ...env, LC_ALL: 'C' }, libraryPath),
    timeout: timeoutMs,
    killSignal: 'SIGKILL' as const,
    maxBuffer: maxOutputBytes,
    ...(signal === undefined ? {} : { signal }),
  };
  return await new Promise((resolve, reject) => {
    const httpd = execFile(path, args, spawnOptions, (error, stdout, stderr) => {
      const problem = error === null ? undefined : toProblem(path, args, timeoutMs, error, stderr);
      if (problem === undefined) resolve({ stdout, stderr });
      else reject(problem);
    });
    // A program that is not httpd may read its input.
    httpd.stdin?.end();
  });
}

/** One line of what a loader says, on Linux (glibc, musl), macOS and FreeBSD, when it cannot run a program. */
const loaderComplaint =
  /error while loading shared libraries|Error loading shared library|Error relocating|Library not loaded|symbol lookup error|version `\S+' not found|Shared object "\S+" not found/;

function toProblem(
  path: string,
  args: readonly string[],
  timeoutMs: number,
  error: Error & { code?: string | number | null; killed?: boolean; signal?: NodeJS.Signals | null },
  stderr: string,
): Error | undefined {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return undefined;
  // The file is there: what is missing is what runs it, as for a musl binary on a glibc system.
  if (error.code === 'ENOENT')
    return new CannotStartError(path, 'its loader or interpreter does not exist', error);
  if (typeof error.code === 'string') return new CannotStartError(path, error.code, error);
  if (error.killed === true) return new TimeoutError(path, args.join(' '), timeoutMs);
  const complaint = stderr.split('\n').find((line) => loaderComplaint.test(line));
  if (complaint !== undefined) return new CannotStartError(path, complaint.trim());
  if (typeof error.signal === 'string')
    return new CannotStartError(path, `${args.join(' ')} was killed by ${error.signal}`);
  return undefined;
}

function withLibraryPath(env: NodeJS.ProcessEnv, libraryPath: string | undefined): NodeJS.ProcessEnv {
  if (libraryPath === undefined) return env;
  const name = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  const inherited = env[name];
  return {
    ...env,
    [name]: inherited === undefined || inherited === '' ? libraryPath : `${libraryPath}:${inherited}`,
  };
}
