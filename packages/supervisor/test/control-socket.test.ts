import { chownSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { beforeEach, expect, test } from '@jest/globals';

import { requireNotRunning, sendControl } from '../src/control-client.ts';
import { type ControlHandler, ControlSocket } from '../src/control-socket.ts';
import { SupervisorNotReadyError } from '../src/errors.ts';
import { afterThisTest, createTemporaryDirectory } from './support.ts';

let root: string;

beforeEach(() => {
  root = createTemporaryDirectory();
});

async function listen(handle: ControlHandler = () => Promise.resolve({ ok: true })): Promise<ControlSocket> {
  const control = await ControlSocket.listen(root, handle);
  afterThisTest(() => control.close());
  return control;
}

async function exchange(bytes: string): Promise<unknown> {
  const socket = connect(join(root, 'control.sock'));
  socket.end(bytes);
  return JSON.parse(await text(socket));
}

test('a command reaches the handler with its arguments, and its answer comes back', async () => {
  const seen: unknown[] = [];
  await listen((request) => {
    if (request.command !== 'status') seen.push(request);
    return Promise.resolve({ ok: true });
  });
  expect(await sendControl(root, 'restart')).toEqual({ ok: true });
  expect(await sendControl(root, { command: 'roll', worker: 3 })).toEqual({ ok: true });
  expect(seen).toEqual([{ command: 'restart' }, { command: 'roll', worker: 3 }]);
});

test('an error of the supervisor arrives with its code and hint', async () => {
  await listen(() => Promise.reject(new SupervisorNotReadyError('reload', 'starting')));
  await expect(sendControl(root, 'graceful')).rejects.toMatchObject({
    code: 'ERR_SUPERVISOR_NOT_READY',
    message: 'cannot reload now: the supervisor is starting',
  });
});

test('the socket is private, whatever the umask', async () => {
  const umask = process.umask(0);
  await listen().finally(() => process.umask(umask));
  expect(lstatSync(join(root, 'control.sock')).mode & 0o777).toBe(0o600);
});

test.each([
  'nonsense\n',
  '{"command":"toString"}\n',
  '{"command":"roll","worker":-1}\n',
  '[]\n',
  'null\n',
  'no line end',
  `${'x'.repeat(5000)}\n`,
])('the message %j is refused', async (bytes) => {
  await listen();
  expect(await exchange(bytes)).toMatchObject({
    ok: false,
    error: { code: 'ERR_SUPERVISOR_CONTROL_MESSAGE' },
  });
});

test('a client that says nothing does not hold up the end', async () => {
  const control = await listen();
  const idle = connect(join(root, 'control.sock'));
  await new Promise((resolve) => idle.once('connect', resolve));
  await control.close();
  expect(readdirSync(root)).toEqual([]);
});

test('an answer that nobody gave in time says that nothing runs', async () => {
  const control = await listen(({ command }) =>
    command === 'stop' ? new Promise(() => undefined) : Promise.resolve({ ok: true }),
  );
  const answer = expect(sendControl(root, 'stop')).rejects.toMatchObject({
    code: 'ERR_SUPERVISOR_NOT_RUNNING',
  });
  await sendStatus();
  await control.close();
  await answer;
});

test.each(['status', 'stop'] as const)(
  'a supervisor that does not answer %s is not waited for',
  async (command) => {
    await listen(() => new Promise(() => undefined));
    await expect(sendControl(root, command, { statusMs: 50 })).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_SILENT',
      message: `the supervisor in ${root} did not answer status within 0.05 s`,
    });
  },
);

/** Only to know that the connection before it was accepted. */
async function sendStatus(): Promise<void> {
  const socket = connect(join(root, 'control.sock'));
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.destroy();
}

test('a socket that its owner left behind is replaced', async () => {
  writeFileSync(join(root, 'control.sock'), '');
  await listen();
  expect(await sendControl(root, 'status')).toEqual({ ok: true });
});

test('a socket that closes leaves that of its successor alone', async () => {
  const control = await listen();
  const idle = connect(join(root, 'control.sock')); // holds the end up
  await new Promise((resolve) => idle.once('connect', resolve));
  const closed = control.close();
  await listen(() => Promise.resolve({ ok: true, status: { pid: 42 } as never }));
  await closed;
  expect(await sendControl(root, 'status')).toMatchObject({ status: { pid: 42 } });
});

test('of two that start at once, one is told that the other runs', async () => {
  const handle = () => Promise.resolve({ ok: true, status: { pid: 42 } } as never);
  const ends = await Promise.allSettled([listen(handle), listen(handle)]);
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'ERR_SUPERVISOR_RUNNING' },
  });
});

test('a socket that answers is not replaced', async () => {
  await listen(() => Promise.resolve({ ok: true, status: { pid: 42 } as never }));
  await expect(ControlSocket.listen(root, () => Promise.resolve({ ok: true }))).rejects.toMatchObject({
    code: 'ERR_SUPERVISOR_RUNNING',
    message: expect.stringContaining('pid 42'),
  });
});

const testAsRoot = process.geteuid?.() === 0 ? test : test.skip;

testAsRoot('what answers in a directory of somebody else is not believed', async () => {
  await listen();
  chownSync(root, 65534, 65534);
  await expect(requireNotRunning(root)).rejects.toMatchObject({ code: 'ERR_SUPERVISOR_SERVER_ROOT_UNSAFE' });
});

test.each(['', 'nowhere', 'x'.repeat(200)])(
  'nothing runs in a directory without a socket (%s)',
  async (name) => {
    await requireNotRunning(join(root, name));
    await expect(sendControl(join(root, name), 'status')).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_NOT_RUNNING',
    });
  },
);
