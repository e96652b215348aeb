import { describe, expect, test } from '@jest/globals';

import { nextStep, steps, type WorkerEvent, type WorkerState } from '../src/worker-state.ts';

const lives: [title: string, events: WorkerEvent[], end: WorkerState, sent: (string | undefined)[]][] = [
  [
    'a worker that serves, drains and leaves gets one SIGTERM',
    ['ready', 'drain', 'idle', 'exit'],
    'exited',
    ['SIGTERM'],
  ],
  [
    'a worker that ignores SIGTERM is killed at the stop deadline',
    ['ready', 'stop', 'deadline', 'exit'],
    'exited',
    ['SIGTERM', 'SIGKILL'],
  ],
  ['a worker that never becomes ready is killed', ['deadline', 'exit'], 'exited', ['SIGKILL']],
  [
    'a worker without heartbeats is killed without a SIGTERM it could not see',
    ['ready', 'deadline', 'stop', 'exit'],
    'exited',
    ['SIGKILL'],
  ],
  [
    'a stuck worker is killed when its stack is taken, or takes too long to take',
    ['ready', 'deadline', 'deadline', 'exit'],
    'exited',
    ['SIGKILL'],
  ],
  [
    'a worker that must end now is killed in any state',
    ['ready', 'drain', 'kill', 'exit'],
    'exited',
    ['SIGKILL'],
  ],
  [
    'a drain that takes too long is ended with SIGTERM, then SIGKILL',
    ['ready', 'drain', 'deadline', 'deadline'],
    'stopping',
    ['SIGTERM', 'SIGKILL'],
  ],
  ['a worker drained before it was ready is stopped', ['drain', 'ready', 'exit'], 'exited', ['SIGTERM']],
  ['a request that ends on a serving worker does not stop it', ['ready', 'idle'], 'ready', []],
  ['a crash needs no signal', ['ready', 'exit', 'stop', 'deadline'], 'exited', []],
];

describe('the worker state table', () => {
  test.each(lives)('%s', (_title, events, end, sent) => {
    let state: WorkerState = 'starting';
    const signals: (string | undefined)[] = [];
    for (const event of events) {
      const step = nextStep(state, event);
      if (step === null) continue;
      state = step.to;
      if (step.send !== undefined) signals.push(step.send);
    }
    expect({ state, signals }).toEqual({ state: end, signals: sent });
  });

  test('every state but exited ends when its process does, and exited is final', () => {
    for (const state of Object.keys(steps) as WorkerState[]) {
      expect(nextStep(state, 'exit')?.to).toBe(state === 'exited' ? undefined : 'exited');
      if (state === 'exited') for (const step of Object.values(steps[state])) expect(step).toBeNull();
    }
  });
});
