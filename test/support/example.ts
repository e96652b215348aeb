import { readFileSync } from 'node:fs';
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
