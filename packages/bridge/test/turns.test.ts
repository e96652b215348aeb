import { beforeEach, describe, expect, test } from '@jest/globals';

import { Turns, type TurnTaker } from '../src/turns.ts';

let nowMs: number;
let naps: number[];
let turns: Turns;
let log: string[];

beforeEach(() => {
  nowMs = 1000;
  naps = [];
  log = [];
  turns = new Turns(
    () => nowMs,
    (ms) => naps.push(ms),
  );
});

function taker(name: string, { inFlight = 0, begins = 0, act = () => undefined } = {}): TurnTaker {
  return {
    inFlight,
    endTurn: () => {
      log.push(name);
      act();
      return begins;
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('whoever waits for the end of a turn is called once, and the next time it waits again', async () => {
  const a = taker('a');
  turns.awaitEnd(a);
  turns.awaitEnd(taker('b'));
  turns.awaitEnd(a);
  expect(log).toEqual([]);
  await turn();
  expect(log).toEqual(['a', 'b']);
  await turn();
  expect(log).toEqual(['a', 'b']);
  turns.awaitEnd(a);
  await turn();
  expect(log).toEqual(['a', 'b', 'a']);
});

test('what is written at the end of a turn leaves with it', async () => {
  const a: TurnTaker = taker('a', {
    act: () => {
      turns.awaitEnd(a);
    },
  });
  const b = taker('b', {
    act: () => {
      if (log.length < 3) turns.awaitEnd(a);
    },
  });
  turns.awaitEnd(a);
  turns.awaitEnd(b);
  await turn();
  expect(log).toEqual(['a', 'b', 'a']);
});

describe('a moment’s sleep follows a turn', () => {
  /** So many requests begin in each of `count` turns, a millisecond apart. */
  async function pass(count: number, begins: number, ...inFlight: readonly number[]): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      nowMs += 1;
      for (const each of inFlight)
        turns.awaitEnd(taker('', { inFlight: each, begins: begins / inFlight.length }));
      await turn();
    }
  }

  test('when requests come fast and several are in flight', async () => {
    await pass(6, 2, 6);
    naps = [];
    await pass(10, 2, 6);
    expect(naps).toEqual(Array.from({ length: 10 }, () => 0.1));
  });

  test('also when these are with several workers', async () => {
    await pass(6, 2, 3, 3);
    naps = [];
    await pass(1, 2, 3, 3);
    expect(naps).toEqual([0.1]);
  });

  test.each([
    ['few come', 1, 100],
    ['few are in flight', 10, 5],
  ])('not when %s', async (_, begins, inFlight) => {
    await pass(20, begins, inFlight);
    expect(naps).toEqual([]);
  });

  test('not while a worker waits in the middle of a response, and again when none has for a while', async () => {
    await pass(6, 2, 6);
    naps = [];
    turns.stayAwake();
    await pass(5, 2, 6);
    expect(naps).toEqual([]);
    await pass(10, 2, 6);
    expect(naps).not.toEqual([]);
  });

  test('no more when no more come', async () => {
    await pass(6, 2, 6);
    await pass(6, 0, 6);
    naps = [];
    await pass(6, 0, 6);
    expect(naps).toEqual([]);
  });
});

test('it takes the time that it says', () => {
  const real = new Turns(() => (nowMs += 10));
  const from = performance.now();
  for (let number = 0; number < 20; number += 1) {
    real.awaitEnd(taker('', { inFlight: 6, begins: 100 }));
    real.end();
  }
  expect(performance.now() - from).toBeGreaterThan(20 * 0.1);
});
