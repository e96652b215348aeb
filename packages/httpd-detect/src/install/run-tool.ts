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
  /** Printed with the error when it fails. */
  readonly hint?: string | undefined;
}

/** Runs a program to its end and returns its standard output. Throws ERR_HTTPD_DETECT_INSTALL_FAILED with the tail of its output. */
export async function runTool({ step, command, env, cwd, hint }: ToolRun): Promise<string> {
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
  if (!result.failed) return result.stdout;
  const { exitCode, shortMessage = '', stdout, stderr } = result;
  const output = exitCode === undefined ? shortMessage : `${stdout}\n${stderr}`;
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
