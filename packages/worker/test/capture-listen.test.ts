import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer as createNetServer } from 'node:net';

import { afterEach, expect, test } from '@jest/globals';

import { captureListen } from '../src/capture-listen.ts';
import { waitFor } from './wait-for.ts';

let release: () => void = () => undefined;

afterEach(() => {
  release();
});

/** Captures from now on; `finish` answers the last request. */
const capture = (address = '192.0.2.1') => {
  const captured: Server[] = [];
  const log: string[] = [];
  let finish: () => void = () => undefined;
  release = captureListen({
    onHttp2: () => log.push('http2'),
    log: (line) => log.push(line),
    publicAddress: { address, port: 8000 },
    onListen: (server) => captured.push(server),
    onClose: () => new Promise((resolve) => (finish = resolve)),
  }).stop;
  return {
    captured,
    log,
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

test('a path is its own address', () => {
  const { captured } = capture();
  expect(createServer().listen('/nowhere/at/all.sock').address()).toBe('/nowhere/at/all.sock');
  expect(captured).toHaveLength(1);
});

test('what Node refuses is refused by Node', () => {
  capture();
  expect(() => createServer().listen(65_536)).toThrow(
    expect.objectContaining({ code: 'ERR_SOCKET_BAD_PORT' }),
  );
});

test('the port of the served server is in use, as in plain Node', async () => {
  const { captured } = capture();
  createServer().listen(3000);
  const second = createServer().listen(3000);
  const [error] = (await once(second, 'error')) as [Error];
  expect(error).toMatchObject({ code: 'EADDRINUSE', syscall: 'listen', port: 3000 });
  expect(error.message).toBe('listen EADDRINUSE: address already in use :::3000');
  expect(captured).toHaveLength(1);
});

test('the server on the public port takes over from one on another port, which then really listens', async () => {
  const { captured } = capture();
  const port = await findFreePort();
  const metrics = createServer().listen(port, '127.0.0.1');
  await once(metrics, 'listening');
  const main = createServer().listen(8000);
  await once(metrics, 'listening');
  expect(captured).toEqual([metrics, main]);
  expect(metrics.address()).toEqual({ address: '127.0.0.1', port, family: 'IPv4' });
  metrics.close();
});

test('a port that somebody has is taken over as soon as it is free, and the callback called once', async () => {
  const { log } = capture();
  createServer().listen(8000);
  const owner = createNetServer().listen(0, '127.0.0.1').unref();
  await once(owner, 'listening');
  const { port } = owner.address() as AddressInfo;
  let calls = 0;
  const other = createServer().listen(port, '127.0.0.1', () => calls++);
  await waitFor(() => log.length > 0, { what: 'the line in the log' });
  expect(log[0]).toBe(
    `listen EADDRINUSE: address already in use 127.0.0.1:${port}: a server of the app listens there as soon as it is free`,
  );
  owner.close();
  await once(other, 'listening');
  expect([calls, log.length, (other.address() as AddressInfo).port]).toEqual([1, 1, port]);
  other.close();
});

test('a closed server may listen again, and another after it', async () => {
  const { captured, finish } = capture();
  const first = createServer().listen(80);
  first.close();
  finish();
  first.listen(80);
  await once(first, 'listening');
  first.close();
  const second = createServer().listen(80);
  expect(captured).toEqual([first, first, second]);
});

test('a server of http2 is not served, and one of http beside it is', () => {
  const { captured, log } = capture();
  createHttp2Server().listen(443);
  expect(log).toEqual(['http2']);
  createServer().listen(80);
  expect(captured).toHaveLength(1);
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

async function findFreePort(): Promise<number> {
  const server = createNetServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
