import { existsSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, expect, test } from '@jest/globals';

import { prepareServerRoot } from '../src/server-root.ts';
import { Undo } from '../src/undo.ts';
import { createTemporaryDirectory } from './support.ts';

let path: string;
let undo: Undo;

beforeEach(() => {
  path = join(createTemporaryDirectory(), 'root');
  undo = new Undo();
});

test('a server root that was made is taken back with what was written to it', async () => {
  const root = await prepareServerRoot({ path, undo });
  await root.writeFiles([{ path: 'httpd.conf', text: '', mode: 0o600 }]);
  await undo.run();
  expect(existsSync(path)).toBe(false);
});

test('an empty directory that was there stays, as it was', async () => {
  mkdirSync(path, 0o700);
  await prepareServerRoot({ path, undo });
  await undo.run();
  expect(readdirSync(path)).toEqual([]);
  expect(lstatSync(path).mode & 0o7777).toBe(0o700);
});

test('what others have put there stays, in the directories that hold it', async () => {
  const root = await prepareServerRoot({ path, undo });
  writeFileSync(join(root.runDirectory, 'theirs'), '');
  await undo.run();
  expect(readdirSync(path)).toEqual(['run']);
  expect(readdirSync(root.runDirectory)).toEqual(['theirs']);
});

test('of a server root that was ours before nothing is taken back', async () => {
  await prepareServerRoot({ path });
  const before = readdirSync(path);
  const root = await prepareServerRoot({ path, undo });
  await root.writeFiles([{ path: 'httpd.conf', text: '', mode: 0o600 }]);
  await undo.run();
  expect(readdirSync(path).sort()).toEqual([...before, 'httpd.conf'].sort());
});

test('what is made last is taken back first, and once', async () => {
  const done: number[] = [];
  for (const step of [1, 2]) undo.add(() => Promise.resolve(done.push(step)));
  await undo.run();
  await undo.run();
  expect(done).toEqual([2, 1]);
});
