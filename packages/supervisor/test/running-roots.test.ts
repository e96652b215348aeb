import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, expect, test } from '@jest/globals';

import { ControlSocket } from '../src/control-socket.ts';
import { findRunningServerRoots } from '../src/running-roots.ts';
import { defaultServerRoot, prepareServerRoot } from '../src/server-root.ts';
import { afterThisTest, createTemporaryDirectory } from './support.ts';

const uid = process.geteuid?.() ?? 0;
let tmpdir: string;

beforeEach(() => {
  tmpdir = createTemporaryDirectory();
});

async function createRoot({ port = 8000, owner = uid, isRunning = true } = {}): Promise<string> {
  const path = defaultServerRoot({ tmpdir, port, uid: owner, platform: 'linux' });
  await prepareServerRoot({ path });
  if (isRunning) await listen(path);
  return path;
}

async function listen(path: string): Promise<void> {
  const control = await ControlSocket.listen(path, () => Promise.resolve({ ok: true }));
  afterThisTest(() => control.close());
}

test('those that run are found, in order', async () => {
  const second = await createRoot({ port: 8002 });
  const first = await createRoot({ port: 8001 });
  expect(await findRunningServerRoots({ tmpdir })).toEqual([first, second]);
});

test('one that was stopped is none', async () => {
  await createRoot({ isRunning: false });
  expect(await findRunningServerRoots({ tmpdir })).toEqual([]);
});

test("another user's is none", async () => {
  await createRoot({ owner: uid + 1 });
  expect(await findRunningServerRoots({ tmpdir })).toEqual([]);
});

test('a directory that took the name, but is not ours, is none', async () => {
  const path = defaultServerRoot({ tmpdir, port: 1, uid, platform: 'linux' });
  mkdirSync(path, { mode: 0o700 });
  writeFileSync(join(path, 'other'), '');
  await listen(path);
  expect(await findRunningServerRoots({ tmpdir })).toEqual([]);
});

test('a temporary directory that is missing holds none', async () => {
  expect(await findRunningServerRoots({ tmpdir: join(tmpdir, 'missing') })).toEqual([]);
});
