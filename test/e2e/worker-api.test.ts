/** What an app learns and asks for through `httpd-express/worker`, from a directory without any package. */
import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { runProgram } from '../support/run-program.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const directory = createTemporaryDirectory();
const diary = path.join(directory.path, 'diary');
const app = path.join(directory.path, 'app.mjs');
let server: ExpressServer;
let isStopped = false;

beforeAll(async () => {
  cpSync(path.join(import.meta.dirname, '../fixtures/apps/worker-api'), directory.path, { recursive: true });
  writeFileSync(diary, '');
  chmodSync(diary, 0o666);
  server = await ExpressServer.start(['--reload-on-changes', '--setenv', 'TEST_SET', 'yes', app], {
    env: { TEST_DIARY: diary },
  });
}, 30_000);

afterAll(async () => {
  if (!isStopped) await server.stop();
  directory.remove();
});

const get = async (target: string): Promise<unknown> =>
  JSON.parse((await request(`${server.url}${target}`)).text);

test('it knows the version, the process group and the capacity', async () => {
  expect(await get('/constants')).toEqual([
    expect.stringMatching(/^\d+\.\d+\.\d+/),
    `127.0.0.1:${server.port}`,
    { processes: 1, concurrency: 100 },
  ]);
});

test('it knows the current request, across awaits and the events of the body', async () => {
  const startMs = Date.now();
  const body = 'x'.repeat(100_000);
  const answer = await request(`${server.url}/request`, { method: 'POST', body });
  const found = JSON.parse(answer.text) as { id: string; startedAt: number };
  expect(found).toMatchObject({ worker: 1, clientAddress: '127.0.0.1', note: 1, set: 'yes', method: 'POST' });
  expect(found.id).toMatch(/./);
  expect(found.startedAt).toBeGreaterThanOrEqual(startMs - 1);
  const ids = await Promise.all(Array.from({ length: 5 }, () => get('/request')));
  expect(new Set(ids.map((each) => (each as { id: string }).id)).size).toBe(5);
});

test('it is told of requests, and a subscriber that throws disturbs nobody', async () => {
  await get('/nothing');
  const events = (await get('/events')) as { name: string; request: { id: string } }[];
  const id = events.at(-2)?.request.id;
  expect(events.filter((event) => event.request.id === id)).toMatchObject([
    { name: 'request_started' },
    { name: 'response_started', status: 200 },
    { name: 'request_finished', status: 200, inputBytes: 0, isAborted: false },
  ]);
  expect(server.errorLog).toContain('a callback of the app failed: Error: a broken subscriber');
});

test('USR2 reaches it', async () => {
  server.command.child.kill('SIGUSR2');
  await waitFor(async () => (await get('/signals')) === 1, { within: 5000, what: 'the signal' });
});

test('a file it watches reloads it, and the old worker is told and waited for', async () => {
  expect(await get('/page')).toBe('<p>one\n');
  writeFileSync(path.join(directory.path, 'template.html'), '<p>two\n');
  await waitFor(async () => (await get('/page')) === '<p>two\n', { within: 10_000, what: 'the new page' });
  await waitFor(() => readFileSync(diary, 'utf8') === 'reload\n', { within: 5000, what: 'the old worker' });
});

test('a stop is announced and waited for', async () => {
  await server.stop();
  isStopped = true;
  expect(readFileSync(diary, 'utf8')).toBe('reload\nstop\n');
});

test('under plain node everything is there and does nothing', async () => {
  const program = `
    import * as worker from ${JSON.stringify(path.join(import.meta.dirname, '../../packages/cli/dist/worker.js'))};
    worker.watch('nothing'); worker.keepSockets?.();
    const undo = [worker.onShutdown(() => 0), worker.onSignal('SIGUSR2', () => 0), worker.subscribeEvents(() => 0)];
    undo.forEach((each) => each());
    console.log(JSON.stringify([worker.processGroup, worker.capacity, worker.currentRequest() ?? 'none', process.listenerCount('SIGUSR2')]));`;
  const { stdout } = await runProgram(process.execPath, ['--input-type=module', '-e', program]);
  expect(JSON.parse(stdout)).toEqual(['', { processes: 1, concurrency: null }, 'none', 0]);
});
