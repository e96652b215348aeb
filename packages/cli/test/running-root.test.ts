import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type Server, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { defaultServerRoot, prepareServerRoot, sendControl } from '@httpd-express/supervisor';

import { findRunningRoot, ifRunning } from '../src/running-root.ts';

const { TMPDIR } = process.env;
let tmpdir: string;
let listeners: Server[];

beforeEach(async () => {
  tmpdir = mkdtempSync(path.join(os.tmpdir(), 'hxc-'));
  listeners = [];
  await setTemporaryDirectory(tmpdir);
  expect(os.tmpdir()).toBe(tmpdir);
});

afterEach(async () => {
  await setTemporaryDirectory(TMPDIR);
  for (const listener of listeners) listener.close();
  rmSync(tmpdir, { recursive: true });
});

/** Sets $TMPDIR where `os.tmpdir()` reads it: jest gives a test a copy of the environment, a thread can share the real one. */
async function setTemporaryDirectory(directory: string | undefined): Promise<void> {
  const code = `const { workerData } = require('node:worker_threads');
    if (workerData === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = workerData;`;
  await once(new Worker(code, { eval: true, env: SHARE_ENV, workerData: directory }), 'exit');
}

/** A server root in the default place, with somebody at its control socket. */
async function createRunningRoot(port: number): Promise<string> {
  const root = defaultServerRoot({ port, uid: process.geteuid?.() ?? 0 });
  await prepareServerRoot({ path: root });
  const listener = createServer((socket) => socket.destroy());
  listeners.push(listener);
  await new Promise<void>((resolve) => listener.listen(path.join(root, 'control.sock'), resolve));
  return root;
}

describe('the server root of a command', () => {
  test('is the only one that runs', async () => {
    const root = await createRunningRoot(1);
    expect(await findRunningRoot(undefined)).toBe(root);
  });

  test('must be named when several run', async () => {
    const roots = [await createRunningRoot(1), await createRunningRoot(2)];
    await expect(findRunningRoot(undefined)).rejects.toMatchObject({
      code: 'ERR_CLI_SEVERAL_RUN',
      message: `which one is meant is not clear, 2 run: ${roots.join(', ')}`,
    });
  });

  test('must be named when none runs', async () => {
    await expect(findRunningRoot(undefined)).rejects.toMatchObject({ code: 'ERR_CLI_NOTHING_RUNS' });
  });

  test('that is named need not run, nor exist any more', async () => {
    const missing = path.join(tmpdir, 'missing');
    expect(await findRunningRoot(missing)).toBe(missing);
  });

  test('that is named and not ours is refused', async () => {
    await expect(findRunningRoot(tmpdir)).rejects.toMatchObject({ code: 'ERR_SUPERVISOR_SETTINGS_FILE' });
  });
});

describe('that nothing runs', () => {
  test.each([
    [
      'in the place that was named',
      () => sendControl(path.join(tmpdir, 'missing'), 'status'),
      /^nothing runs in \//,
    ],
    ['in the default place', () => findRunningRoot(undefined), /^nothing runs: /],
  ])('%s is told to whoever asked', async (_, ask, reason) => {
    const told: string[] = [];
    const status = await ifRunning(
      () => ask().then(() => 0),
      (why) => {
        told.push(why);
        return 3;
      },
    );
    expect({ status, told }).toEqual({ status: 3, told: [expect.stringMatching(reason)] });
  });

  test('is no excuse for another error', async () => {
    await expect(
      ifRunning(
        () => Promise.reject(new RangeError('other')),
        () => 3,
      ),
    ).rejects.toThrow('other');
  });
});
