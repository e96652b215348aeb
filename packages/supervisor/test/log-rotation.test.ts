import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { rotateLog } from '../src/log-rotation.ts';

let directory: string;
let log: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'rotation-'));
  log = path.join(directory, 'error_log');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const read = (name: string): string => readFileSync(path.join(directory, name), 'utf8');

test('a log that is large enough is copied and emptied, and its writers go on', async () => {
  const writer = openSync(log, 'a', 0o640);
  writeSync(writer, 'old\n');
  await rotateLog(log, { maxBytes: 4, maxFiles: 3 });
  writeSync(writer, 'new\n');
  closeSync(writer);
  expect([read('error_log'), read('error_log.1')]).toEqual(['new\n', 'old\n']);
  expect(statSync(`${log}.1`).mode & 0o777).toBe(0o640);
});

test('only so many files are kept, the newest first', async () => {
  for (const text of ['first', 'second', 'third', 'fourth']) {
    appendFileSync(log, text);
    await rotateLog(log, { maxBytes: 1, maxFiles: 3 });
  }
  expect(readdirSync(directory).sort()).toEqual(['error_log', 'error_log.1', 'error_log.2']);
  expect([read('error_log.1'), read('error_log.2')]).toEqual(['fourth', 'third']);
});

test('a smaller log, none, and what is no plain file are left alone', async () => {
  await rotateLog(log, { maxBytes: 1, maxFiles: 3 });
  writeFileSync(path.join(directory, 'target'), 'text');
  symlinkSync('target', log);
  await rotateLog(log, { maxBytes: 1, maxFiles: 3 });
  rmSync(log);
  writeFileSync(log, 'abc');
  await rotateLog(log, { maxBytes: 4, maxFiles: 3 });
  expect(readdirSync(directory).sort()).toEqual(['error_log', 'target']);
});
