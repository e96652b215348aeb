import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, expect, test } from '@jest/globals';

import { ErrorLog } from '../src/error-log.ts';
import { createTemporaryDirectory } from './support.ts';

let path: string;
let log: ErrorLog;

beforeEach(() => {
  path = join(createTemporaryDirectory(), 'error_log');
  log = new ErrorLog(path);
});

test('a line names time, severity and pid, then what happened', () => {
  log.log('notice', 'httpd runs again', { failures: 2 });
  expect(readFileSync(path, 'utf8')).toMatch(
    /^\[\d{4}-.*Z\] \[supervisor:notice\] \[pid \d+\] httpd runs again failures=2\n$/,
  );
});

test('the tail is what came after the mark', async () => {
  writeFileSync(path, 'old\n');
  const mark = await log.mark();
  writeFileSync(path, 'new\n', { flag: 'a' });
  expect(await log.tailSince(mark)).toBe('new');
});

test('the tail of a log that did not exist is all of it', async () => {
  const mark = await log.mark();
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, 'first\n');
  expect(await log.tailSince(mark)).toBe('first');
});

test('the tail of a log that was rotated meanwhile is all of it', async () => {
  writeFileSync(path, 'a long old log\n');
  const mark = await log.mark();
  writeFileSync(path, 'new\n');
  expect(await log.tailSince(mark)).toBe('new');
});

test('a long tail keeps its last lines', async () => {
  const mark = await log.mark();
  writeFileSync(path, Array.from({ length: 5000 }, (_, index) => `line ${index}\n`).join(''));
  const lines = (await log.tailSince(mark)).split('\n');
  expect([lines.length, lines.at(-1)]).toEqual([20, 'line 4999']);
});

test('a log that is a device has no tail', async () => {
  const device = new ErrorLog('/dev/null');
  expect(await device.tailSince(await device.mark())).toBe('');
});

test('what a child writes is appended', async () => {
  writeFileSync(path, 'before\n');
  await log.withDescriptor((fd) => {
    writeFileSync(fd, 'by the child\n');
    return Promise.resolve();
  });
  expect(readFileSync(path, 'utf8')).toBe('before\nby the child\n');
});
