import { createHash, randomUUID } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';

import { expect } from '@jest/globals';

import { type CommandOptions, type CommandResult, runExpress } from './express-command.ts';
import { findProcesses } from './find-processes.ts';
import { waitFor } from './wait-for.ts';

/** A command line that must be refused, and what must be left as it was. */
export interface RefusedCommand extends CommandOptions {
  readonly args: readonly string[];
  /** Directories or files that nobody may change. */
  readonly untouched?: readonly string[];
  /** The server root, which may have been made or written, but holds nothing half done. */
  readonly serverRoot?: string;
}

/**
 * Runs a command that must be refused, and checks what every refusal has in common: a status, one message, no stack of
 * ours, nothing running, nothing of the user's changed, nothing half done.
 */
export async function runRefused({
  args,
  untouched = [],
  serverRoot,
  ...options
}: RefusedCommand): Promise<CommandResult> {
  const mark = `refused-${process.pid}-${randomUUID()}`;
  const before = untouched.map(describeTree);
  const result = await runExpress(args, { ...options, env: { ...options.env, TEST_SERVER_MARK: mark } });
  await waitFor(() => findProcesses(mark).length === 0, {
    within: 2000,
    what: `the processes of ${args.join(' ')} to end: ${JSON.stringify(findProcesses(mark))}`,
  });
  const { stderr, stdout, signal, status } = result;
  expect({ signal, stdout }).toEqual({ signal: null, stdout: '' });
  expect(status).toBeGreaterThan(0);
  expect(stderr.match(/^express: error: /gm) ?? []).toHaveLength(1);
  expect(stderr).not.toMatch(/express: bug:/);
  expect(stderr.split('\n').filter(isOurFrame)).toEqual([]);
  expect(untouched.map(describeTree)).toEqual(before);
  if (serverRoot !== undefined) expect(findHalfDone(serverRoot)).toEqual([]);
  return result;
}

/** A stack frame in our packages, in what we load apps with, or in Node itself. */
function isOurFrame(line: string): boolean {
  return /^\s+at .*(packages\/[a-z-]+\/(dist|src)\/|node_modules\/.*(tsx|esbuild)|node:internal\/modules)/.test(
    line,
  );
}

/** Every file below `root`, or `root` itself, with its mode, owner and content. */
export function describeTree(root: string): Record<string, string> {
  return Object.fromEntries(walk(root).map((file) => [path.relative(root, file), describeFile(file)]));
}

function describeFile(file: string): string {
  const stats = lstatSync(file);
  const facts = `${stats.mode.toString(8)} ${stats.uid}:${stats.gid}`;
  if (stats.isSymbolicLink()) return `${facts} -> ${readlinkSync(file)}`;
  return stats.isFile() ? `${facts} ${createHash('sha1').update(readFileSync(file)).digest('hex')}` : facts;
}

/** What a start that failed must not leave: files that were to replace others, pid files, sockets. */
function findHalfDone(serverRoot: string): string[] {
  return walk(serverRoot).filter((file) => /\.(new|pid)$/.test(file) || lstatSync(file).isSocket());
}

function walk(file: string): string[] {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [file];
  return [file, ...readdirSync(file).flatMap((name) => walk(path.join(file, name)))];
}
