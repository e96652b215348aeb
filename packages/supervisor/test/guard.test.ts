import { readFileSync } from 'node:fs';

import { expect, test } from '@jest/globals';

import { startGuarded } from '../src/guard.ts';
import { afterThisTest, collectOutput, isAlive, startFixture, waitFor } from './support.ts';

// What is killed must be a process of its own, which runs the built package.

/** A starter, the program it has started, the program's child, and the guard. */
async function startGuardedFixture(...args: string[]) {
  const starter = startFixture('guarded.mjs', ...args);
  const output = collectOutput(starter);
  await waitFor(() => /^\d+ \d+\n/.test(output()), 'the pids');
  const [program = 0, child = 0] = output().trim().split(' ').map(Number);
  // The guard is the youngest child.
  await waitFor(() => childrenOf(starter.pid).length === 2, 'the guard');
  const [, guard = 0] = childrenOf(starter.pid);
  const pids = [program, child, guard];
  afterThisTest(() => {
    pids.filter(isAlive).forEach((pid) => process.kill(pid, 'SIGKILL'));
  });
  return { starter, program, pids };
}

test.each([
  ['TERM', 'leader'],
  ['KILL', 'group'],
] as const)(
  'a starter that is killed takes the program and its child with it: %s to the %s',
  async (...lastWord) => {
    const { starter, pids } = await startGuardedFixture(...lastWord);
    starter.kill('SIGKILL');
    await waitFor(() => !pids.slice(0, 2).some(isAlive), 'the program and its child to end', 1000);
    // Where nothing reaps orphans, what has ended is still there for the guard.
    await waitFor(() => !pids.some(isAlive), 'the guard to end', 3000);
  },
);

test('a program that does not heed TERM is killed with its child two seconds later', async () => {
  const { starter, pids } = await startGuardedFixture('TERM', 'leader', 'stubborn');
  starter.kill('SIGKILL');
  await waitFor(() => !pids.some(isAlive), 'the program, its child and the guard to end', 3000);
});

test('a program that is killed together with its starter does not leave its child behind', async () => {
  const { starter, program, pids } = await startGuardedFixture('TERM', 'leader');
  starter.kill('SIGSTOP'); // so that it cannot see the program end
  process.kill(program, 'SIGKILL');
  starter.kill('SIGKILL');
  await waitFor(() => !pids.some(isAlive), 'the program, its child and the guard to end', 3000);
});

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
