import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { ExpressServer, type ListenOptions } from './express-server.ts';

const examples = path.join(import.meta.dirname, '../../examples');

/** The directory of an example. */
export function findExample(name: string): string {
  return path.join(examples, name);
}

/** Starts an example with the command of its README that serves `app`, or with the only one. */
export async function startExample(
  name: string,
  { app = '', ...options }: ListenOptions & { readonly app?: string } = {},
): Promise<ExpressServer> {
  const cwd = findExample(name);
  const commands = readCommands(cwd).filter((words) => words.at(-1)?.endsWith(app));
  const [command] = commands;
  if (command === undefined || commands.length > 1)
    throw new Error(`${cwd}/README.md has ${commands.length} commands for ${app || 'its app'}, expected one`);
  return ExpressServer.start(command, { cwd, ...options });
}

/**
 * Starts a copy of an example, in `directory`, whose entry file exports its app instead of listening: `listening` is the
 * code that is replaced.
 */
export async function startExported(
  name: string,
  { directory, entry, listening, exporting }: ExportedExample,
): Promise<ExpressServer> {
  const example = findExample(name);
  cpSync(path.join(example, path.dirname(entry)), path.join(directory, path.dirname(entry)), {
    recursive: true,
    filter: (source) => path.basename(source) !== 'node_modules',
  });
  cpSync(path.join(example, 'package.json'), path.join(directory, 'package.json'));
  const compiler = { extends: path.join(example, 'tsconfig.json') };
  writeFileSync(path.join(directory, 'tsconfig.json'), JSON.stringify(compiler));
  symlinkSync(path.join(example, 'node_modules'), path.join(directory, 'node_modules'));
  const code = readFileSync(path.join(example, entry), 'utf8');
  const exported = code.replace(listening, exporting);
  if (exported === code) throw new Error(`${name}/${entry} does not listen as expected: ${listening}`);
  writeFileSync(path.join(directory, entry), exported);
  return ExpressServer.start([entry], { cwd: directory });
}

/** How the entry file of an example listens, and what it would export instead. */
export interface ExportedExample {
  readonly directory: string;
  readonly entry: string;
  readonly listening: RegExp;
  readonly exporting: string;
}

/** What follows `express start-server` in the indented lines of a README, in words. */
function readCommands(directory: string): readonly (readonly string[])[] {
  const text = readFileSync(path.join(directory, 'README.md'), 'utf8');
  return [...text.matchAll(/^ {4}express start-server (.+)$/gm)].map(([, words = '']) =>
    words.trim().split(/\s+/),
  );
}

/** Lines of the error log, as the app wrote them, that neither httpd's own notices nor `expected` account for. */
export function findUnexpectedLines(
  server: ExpressServer,
  expected: readonly (string | RegExp)[] = [],
): readonly string[] {
  return server.errorLog
    .split('\n')
    .filter((line) => !/\[(?:mpm_\w+|core):notice\]/.test(line))
    .map((line) => line.replace(/^\[[^\]]+\] \[app:\w+\](?: \[[a-z-]+ [^\]]+\])* /, '').trim())
    .filter((line) => line !== '')
    .filter((line) => !expected.some((part) => (typeof part === 'string' ? line === part : part.test(line))));
}
