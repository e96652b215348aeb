import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

import { Deadline } from '../src/deadline.ts';

let passed: string[];
let deadline: Deadline;

const owner = (name: string) => ({ deadlinePassed: () => passed.push(`${name} ${performance.now()}`) });

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
  passed = [];
  deadline = new Deadline(() => performance.now());
});

afterEach(() => {
  jest.useRealTimers();
});

test('passes once, when its time has come', () => {
  deadline.set(100, owner('a'));
  jest.advanceTimersByTime(99);
  expect(passed).toEqual([]);
  jest.advanceTimersByTime(1000);
  expect(passed).toEqual(['a 100']);
});

test('set anew passes for the last owner at the last time, later or earlier', () => {
  deadline.set(100, owner('a'));
  jest.advanceTimersByTime(50);
  deadline.set(200, owner('b'));
  jest.advanceTimersByTime(199);
  expect(passed).toEqual([]);
  deadline.set(500, owner('c'));
  deadline.set(10, owner('d'));
  jest.advanceTimersByTime(1000);
  expect(passed).toEqual(['d 259']);
});

test('cleared does not pass, and can be set again', () => {
  deadline.set(100, owner('a'));
  deadline.clear();
  jest.advanceTimersByTime(150);
  deadline.set(100, owner('b'));
  jest.advanceTimersByTime(1000);
  expect(passed).toEqual(['b 250']);
});

test('needs one timer however often it is set anew', () => {
  for (let count = 0; count < 1000; count += 1) {
    deadline.set(100, owner('a'));
    deadline.clear();
  }
  expect(jest.getTimerCount()).toBe(1);
  deadline.stop();
  expect(jest.getTimerCount()).toBe(0);
});
