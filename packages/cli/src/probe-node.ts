import { execFile } from 'node:child_process';

import { NodeExecutableError, NodeOptionError } from './errors.ts';

/** What is to be tried, and as whom. */
export interface NodeProbe {
  /** `--node-executable`, or our own. */
  readonly nodePath: string;
  readonly options: readonly string[];
  /** Set when started as root: what the app's account may not run, the workers may not either. */
  readonly account?: { readonly uid: number; readonly gid: number };
}

const TIMEOUT_MS = 10_000;

/** [major, minor] of the oldest Node that runs a worker. */
const oldest = [20, 19] as const;

/**
 * Asks a Node for its version, with the options it will get: Node reads all of them before it answers, and runs nothing.
 * Settles with the version, `22.18.0`.
 *
 * @throws {NodeExecutableError} ERR_CLI_NODE_EXECUTABLE
 * @throws {NodeOptionError} ERR_CLI_NODE_OPTION
 */
export async function probeNode({ nodePath, options, account }: NodeProbe): Promise<string> {
  const plain = await run(nodePath, ['--version'], account);
  const version = /^v(\d+\.\d+\.\d+)/.exec(plain.stdout)?.[1];
  if (version === undefined) throw new NodeExecutableError(nodePath, describeRun(plain));
  if (!isAtLeast(version, oldest))
    throw new NodeExecutableError(nodePath, `it is Node ${version}, expected ${oldest.join('.')} or later`);
  if (options.length === 0) return version;
  const tried = await run(nodePath, [...options, '--version'], account);
  if (tried.stdout !== plain.stdout) throw new NodeOptionError(options, version, describeRun(tried));
  return version;
}

/** Whether `22.18.0` is 22.18 or later. */
export function isAtLeast(version: string, [major, minor]: readonly [major: number, minor: number]): boolean {
  const [actualMajor = 0, actualMinor = 0] = version.split('.').map(Number);
  return actualMajor > major || (actualMajor === major && actualMinor >= minor);
}

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly failure: string | undefined;
}

function run(file: string, args: readonly string[], account: NodeProbe['account']): Promise<Run> {
  // NODE_OPTIONS are the app's, and not in question.
  const env = { ...process.env, NODE_OPTIONS: '' };
  return new Promise((resolve) => {
    const options = { env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL', cwd: '/', ...account } as const;
    try {
      execFile(file, args, options, (error, stdout, stderr) => {
        resolve({ stdout, stderr, failure: error === null ? undefined : reasonOf(error) });
      });
    } catch (error) {
      resolve({ stdout: '', stderr: '', failure: (error as Error).message });
    }
  });
}

function reasonOf(error: Error & { code?: unknown; killed?: boolean }): string {
  if (error.killed === true) return `it did not answer within ${TIMEOUT_MS / 1000} s`;
  return typeof error.code === 'string'
    ? `it cannot be run (${error.code})`
    : `it failed with status ${String(error.code)}`;
}

/** The first line says it: Node prints `node: bad option: --nonsense`. */
function describeRun({ stdout, stderr, failure }: Run): string {
  const [said = ''] = `${stderr}${stdout}`.trim().split('\n', 1);
  const shown = said.replace(/[\x00-\x1f\x7f-\x9f]/g, '?').slice(0, 200);
  return [failure ?? 'it does not answer --version as Node does', shown]
    .filter((part) => part !== '')
    .join(': ');
}
