import { readFileSync } from 'node:fs';

import { expect, test } from '@jest/globals';

import { startGuarded } from '../src/guard.ts';
import { afterThisTest, collectOutput, isAlive, startFixture, waitFor } from './support.ts';

// What is killed must be a process of its own, which runs the built package.

test.each([
  ['TERM', 'leader'],
  ['KILL', 'group'],
] as const)(
  'a starter that is killed takes the program and its child with it: %s to the %s',
  async (...lastWord) => {
    const starter = startFixture('guarded.mjs', ...lastWord);
    const output = collectOutput(starter);
    await waitFor(() => /^\d+ \d+\n/.test(output()), 'the pids');
    const pids = output().trim().split(' ').map(Number);
    afterThisTest(() => {
      pids.filter(isAlive).forEach((pid) => process.kill(pid, 'SIGKILL'));
    });
    // The guard is the youngest child.
    await waitFor(() => childrenOf(starter.pid).length === 2, 'the guard');
    const [, guard = 0] = childrenOf(starter.pid);
    starter.kill('SIGKILL');
    await waitFor(() => ![...pids, guard].some(isAlive), 'the program, its child and the guard to end', 2000);
  },
);

test('the guard ends when its program does, whose exit is told as it was', async () => {
  const before = childrenOf(process.pid);
  const running = await startGuarded(
    { file: '/bin/sh', args: ['-c', 'read -r _; exit 7'], stdio: ['pipe', 'ignore', 'ignore'] },
    { signal: 'KILL', to: 'group' },
  );
  const added = childrenOf(process.pid).filter((pid) => !before.includes(pid));
  expect(added).toHaveLength(2);
  running.signal('SIGTERM');
  expect(await running.exited).toEqual({ status: null, signal: 'SIGTERM' });
  await waitFor(() => !added.some(isAlive), 'the guard to end', 2000);
});

test('a program that does not exist leaves nothing behind', async () => {
  const before = childrenOf(process.pid);
  const failure = startGuarded(
    { file: '/nowhere', args: [], stdio: 'ignore' },
    { signal: 'TERM', to: 'leader' },
  );
  await expect(failure).rejects.toMatchObject({ code: 'ERR_SUPERVISOR_PROCESS_START' });
  expect(childrenOf(process.pid)).toEqual(before);
});

/** In the order of their start, as far as pids tell. */
function childrenOf(pid = 0): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children
    .split(' ')
    .filter(Boolean)
    .map(Number)
    .sort((a, b) => a - b);
}
