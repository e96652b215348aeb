import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

import { waitFor } from './wait-for.ts';

const repository = path.join(import.meta.dirname, '../..');

/** The built command, as `bin` names it. */
export const expressPath = path.join(repository, 'packages/cli/bin/express.js');

/** What a command printed and how it ended. */
export interface CommandResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with what a command runs. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** The account to start as; takes root. */
  readonly account?: { readonly uid: number; readonly gid: number };
  /** A program and its arguments that run the command which follows them, such as `unshare`. */
  readonly launcher?: readonly string[];
  /** The Node that runs it; ours unless given. */
  readonly node?: string;
  /** The command's program; that of this repository unless given. */
  readonly program?: string;
  /** Milliseconds after which the command is killed and the test fails. */
  readonly timeoutMs?: number;
}

/** A running `express` command. */
export class ExpressCommand {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly exited: Promise<CommandResult>;

  constructor(
    args: readonly string[],
    {
      cwd = repository,
      env = {},
      account,
      launcher = [],
      node = process.execPath,
      program = expressPath,
    }: CommandOptions = {},
  ) {
    const [file = node, ...rest] = [...launcher, node, '--', program, ...args];
    this.child = spawn(file, rest, {
      cwd,
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...account,
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exited = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (status, signal) => {
        resolve({ status, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits for a line of the banner, which is printed once everything is ready. */
  async waitForBanner(within = 20_000): Promise<void> {
    await waitFor(() => /^Server URL +: .*\n/m.test(this.stdout) || this.hasExited, {
      within,
      what: `the banner, after: ${this.stdout}${this.stderr}`,
    });
    if (this.hasExited)
      throw new Error(`express ended with status ${this.child.exitCode}: ${this.stdout}${this.stderr}`);
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<CommandResult> {
    this.child.kill(signal);
    return this.exited;
  }
}

/** Runs a command to its end. */
export async function runExpress(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const command = new ExpressCommand(args, options);
  const timer = setTimeout(() => command.child.kill('SIGKILL'), options.timeoutMs ?? 30_000);
  try {
    return await command.exited;
  } finally {
    clearTimeout(timer);
  }
}

/** Ours without what would change the command under test. */
function cleanEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !/^(EXPRESS_|PORT$|NODE_ENV$|NODE_OPTIONS$|HTTPD$|JEST_)/.test(entry[0]),
    ),
  );
}
