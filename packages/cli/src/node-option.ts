/** What may be told to the Node of the workers. */

import { printable } from './option-values.ts';

/** Options of Node that break a worker, by name, and what to do instead. */
const refused: readonly { readonly names: readonly string[]; readonly problem: string }[] = [
  {
    names: ['eval', 'print', 'check', 'interactive', 'run', 'test', 'watch', 'watch-path', 'help', 'version'],
    problem: 'makes Node run something else than the app',
  },
  {
    names: [
      'v8-options',
      'completion-bash',
      'prof-process',
      'build-snapshot',
      'build-sea',
      'experimental-sea-config',
    ],
    problem: 'makes Node run something else than the app',
  },
  {
    names: ['inspect-brk', 'inspect-wait', 'debug-brk'],
    problem: 'makes every new worker wait for a debugger until --startup-timeout ends it; use --inspect',
  },
  {
    names: ['inspect-port', 'debug-port', 'inspect-publish-uid'],
    problem: 'is ours: every worker has a port of its own, which --inspect writes to the error log',
  },
  { names: ['import'], problem: 'has an option of its own, --import' },
  { names: ['env-file', 'env-file-if-exists'], problem: 'has an option of its own, --env-file' },
];

/** Does an `--inspect=…` leave the port to the system? */
const ANY_PORT = /^--inspect(?:=(?:.*:)?0)?$/;

/**
 * One option of Node, as one argument; whether Node knows it is for Node to say.
 *
 * @throws {RangeError} with what was expected
 */
export function nodeOption(raw: string): string {
  const [, name] = /^--([a-z][a-z0-9-]*)(?:=.*)?$/i.exec(printable(raw).replaceAll('_', '-')) ?? [];
  if (name === undefined)
    throw new RangeError('a long option of Node with = before its value, such as --max-old-space-size=512');
  const problem = refused.find(({ names }) => names.includes(name))?.problem;
  if (problem !== undefined) throw new RangeError(`another option of Node: --${name} ${problem}`);
  if (name === 'inspect' && !ANY_PORT.test(raw))
    throw new RangeError(
      'another option of Node: workers overlap while one replaces another, and cannot share a port; use --inspect',
    );
  return raw;
}
