import { execa } from 'execa';

import { InstallFailedError } from '../errors.ts';

/** How many lines of a failed program's output a message carries. */
const tailLines = 12;

/** One program run by an installation. */
export interface ToolRun {
  /** What the run is for, completing "cannot …": `download packages`. */
  readonly step: string;
  readonly command: readonly [name: string, ...args: string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string | undefined;
  /** What an earlier step complained about, which may be why this one fails: printed before its own output. */
  readonly earlier?: string | undefined;
  /** Printed with the error when it fails. */
  readonly hint?: string | undefined;
}

/** What a program that succeeded printed. */
export interface ToolOutput {
  readonly stdout: string;
  /** The last lines of its standard error. */
  readonly complaint: string;
}

/** Runs a program to its end and returns its output. Throws ERR_HTTPD_DETECT_INSTALL_FAILED with the tail of its output. */
export async function runTool({ step, command, env, cwd, earlier = '', hint }: ToolRun): Promise<ToolOutput> {
  const [name, ...args] = command;
  const result = await execa(name, args, {
    reject: false,
    extendEnv: false,
    // LC_ALL: apt's answers are parsed. DEBIAN_FRONTEND: nobody is there to answer.
    env: { ...env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    stdin: 'ignore',
    stripFinalNewline: false,
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (!result.failed) return { stdout: result.stdout, complaint: toTail(result.stderr) };
  const { exitCode, shortMessage = '', stdout, stderr } = result;
  const output = exitCode === undefined ? shortMessage : `${earlier}\n${stdout}\n${stderr}`;
  const found = exitCode === undefined ? 'could not be run' : `ended with status ${exitCode}`;
  throw new InstallFailedError(step, formatCommand(name, args), found, toTail(output), hint);
}

/** The name and the words that say what was asked; options would fill the screen. */
function formatCommand(name: string, args: readonly string[]): string {
  const verb = args.find((arg) => /^[a-z]+$/.test(arg));
  return verb === undefined ? name : `${name} ${verb}`;
}

function toTail(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-tailLines).join('\n');
}
