import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createNetServer } from 'node:net';

import { afterEach, expect, test } from '@jest/globals';

import { captureListen } from '../src/capture-listen.ts';

let release: () => void = () => undefined;

afterEach(() => {
  release();
});

/** Captures from now on; `finish` answers the last request. */
const capture = (address = '192.0.2.1') => {
  const captured: Server[] = [];
  let finish: () => void = () => undefined;
  release = captureListen({
    publicAddress: { address, port: 8000 },
    onListen: (server) => captured.push(server),
    onClose: () => new Promise((resolve) => (finish = resolve)),
  });
  return {
    captured,
    finish: () => {
      finish();
    },
  };
};

test('listening is announced later, to listeners and the callback', async () => {
  const { captured } = capture();
  const order: string[] = [];
  const server = createServer();
  server.on('listening', () => order.push('event'));
  server.listen(80, () => order.push('callback'));
  order.push('returned');
  await once(server, 'listening');
  expect(order).toEqual(['returned', 'event', 'callback']);
  expect(captured).toEqual([server]);
});

test('closing waits for the last request, then calls back and announces it', async () => {
  const { finish } = capture();
  const server = createServer().listen(80);
  const order: string[] = [];
  const closed = once(server, 'close').then(() => order.push('event'));
  server.close((error) => order.push(`callback ${String(error)}`));
  expect(server.listening).toBe(false);
  expect(server.address()).toBeNull();
  await new Promise(setImmediate);
  expect(order).toEqual([]);
  finish();
  await closed;
  expect(order.sort()).toEqual(['callback undefined', 'event']);
});

test('closing twice fails as in plain Node', async () => {
  capture();
  const server = createServer().listen(80);
  server.close();
  const error = await new Promise((resolve) => server.close(resolve));
  expect(error).toMatchObject({ code: 'ERR_SERVER_NOT_RUNNING' });
});

test('an aborted signal closes', () => {
  capture();
  const controller = new AbortController();
  const server = createServer().listen({ port: 80, signal: controller.signal });
  expect(server.listening).toBe(true);
  controller.abort();
  expect(server.listening).toBe(false);
});

test('an address of IPv6 says so', () => {
  capture('::1');
  expect(createServer().listen(80).address()).toEqual({ address: '::1', port: 8000, family: 'IPv6' });
});

test('other kinds of servers really listen', async () => {
  const { captured } = capture();
  const server = createNetServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  expect(captured).toEqual([]);
  expect(server.address()).toMatchObject({ address: '127.0.0.1' });
  server.close();
});

test('afterwards http servers really listen again', async () => {
  capture();
  release();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  expect(server.address()).toMatchObject({ address: '127.0.0.1' });
  server.close();
});
