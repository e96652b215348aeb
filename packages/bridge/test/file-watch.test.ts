import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { FileWatch } from '../src/file-watch.ts';
import { waitFor } from './support/wait-for.ts';

let directory: string;
let file: string;
let changes: string[][];
let watch: FileWatch;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'watch-'));
  file = path.join(directory, 'app.ts');
  writeFileSync(file, 'one');
  utimesSync(file, new Date(0), new Date(0));
  changes = [];
  const startedAtMs = Date.now() - 1000;
  watch = new FileWatch({
    files: () => [file],
    since: () => startedAtMs,
    intervalMs: 20,
    onChange: (files) => changes.push([...files]),
  });
  watch.start();
});

afterEach(() => {
  watch.stop();
  rmSync(directory, { recursive: true });
});

test.each([
  [
    'written',
    () => {
      writeFileSync(file, 'two, longer');
    },
  ],
  [
    'touched',
    () => {
      utimesSync(file, new Date(), new Date(Date.now() + 5000));
    },
  ],
  [
    'replaced by a rename',
    () => {
      writeFileSync(`${file}.new`, 'new');
      renameSync(`${file}.new`, file);
    },
  ],
])('a file that is %s is reported once', async (_title, change) => {
  change();
  await waitFor(() => changes.length > 0, { within: 2000, what: 'the change' });
  const until = performance.now() + 100;
  await waitFor(() => performance.now() > until, { within: 1000, what: 'a second report, if any' });
  expect(changes).toEqual([[file]]);
});

test('files that are still being written are reported when they are still', async () => {
  const began = performance.now();
  let writes = 0;
  await waitFor(
    () => {
      writeFileSync(file, 'x'.repeat(++writes));
      return performance.now() - began > 200;
    },
    { within: 1000, what: 'the end of the writes' },
  );
  expect(changes).toEqual([]);
  await waitFor(() => changes.length > 0, { within: 2000, what: 'the report' });
  expect(changes).toEqual([[file]]);
});

test('a watch that is stopped reports nothing', async () => {
  watch.stop();
  writeFileSync(file, 'something else');
  const until = performance.now() + 100;
  await waitFor(() => performance.now() > until, { within: 1000, what: 'the time to pass' });
  expect(changes).toEqual([]);
});

test('a file that is removed after it was looked at is reported once', async () => {
  const until = performance.now() + 60;
  await waitFor(() => performance.now() > until, { within: 1000, what: 'a look' });
  rmSync(file);
  await waitFor(() => changes.length > 0, { within: 2000, what: 'the change' });
  expect(changes).toEqual([[file]]);
});
