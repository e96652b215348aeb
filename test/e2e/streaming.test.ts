/** Bodies that are sent and read piece by piece; transfer.test.ts has the large, slow and broken ones. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { constants, gunzipSync } from 'node:zlib';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { rawRequest } from '../support/behaviours.ts';
import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { parseResponse } from '../support/parse-response.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { measureGrowth } from '../support/resident-memory.ts';
import { waitFor } from '../support/wait-for.ts';

let server: ExpressServer;

beforeAll(async () => {
  server = await ExpressServer.start([path.join(import.meta.dirname, '../fixtures/apps/streaming.mjs')]);
}, 60_000);

afterAll(() => server.stop());

async function open(text: string): Promise<RawConnection> {
  return (await RawConnection.open(server.port)).send(text);
}

const go = () => request(`${server.url}/go`);

test('an event stream opens with its head, before the first event', async () => {
  const connection = await open(rawRequest('/flush-events'));
  await connection.waitFor(/text\/event-stream[^]*\r\n\r\n3\r\n:\n\n/);
  expect(connection.received).not.toContain('data:');
  await go();
  expect(parseResponse(await connection.waitForClose()).body).toBe(':\n\ndata: 1\n\n');
});

test('the head of any other type waits for the first byte of the body', async () => {
  const connection = await open(rawRequest('/flush-text'));
  await request(`${server.url}/early`);
  expect(connection.received).toBe('');
  await go();
  expect(parseResponse(await connection.waitForClose())).toMatchObject({ status: 200, body: 'text' });
});

test('an upload without a length is read piece by piece', async () => {
  const head = rawRequest('/pieces', { method: 'POST', headers: 'Transfer-Encoding: chunked\r\n' });
  const connection = await open(head);
  const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
  for (const bytes of [0x8000, 0x10000]) {
    connection.send(chunk);
    const isSeen = async () => Number((await request(`${server.url}/seen`)).text) === bytes;
    await waitFor(isSeen, { within: 10_000, what: `${bytes} bytes to reach the app` });
  }
  connection.send('0\r\n\r\n');
  expect(parseResponse(await connection.waitForClose()).body).toBe('65536 in all');
});

test('what a compressing app flushes arrives at once', async () => {
  const connection = await open(rawRequest('/gzip'));
  // The header of the gzip stream may come in a chunk of its own.
  const soFar = (): string => {
    if (!connection.received.includes('\r\n\r\n')) return '';
    const body = Buffer.from(parseResponse(connection.received).body, 'latin1');
    return body.length === 0 ? '' : gunzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
  };
  await waitFor(() => soFar() !== '', { within: 10_000, what: 'what was flushed' });
  expect(soFar()).toBe('first');
  await go();
  const whole = parseResponse(await connection.waitForClose());
  expect(gunzipSync(Buffer.from(whole.body, 'latin1')).toString()).toBe('firstsecond');
});

test('an early answer reaches a client that goes on sending, and its connection is done', async () => {
  const head = rawRequest('/early', { method: 'POST', headers: 'Content-Length: 1000000\r\n' });
  const connection = await open(`${head}${'x'.repeat(100_000)}`);
  // httpd waits for the body, and looks at the answer only when more of it has come.
  await waitFor(
    () => {
      connection.send('x'.repeat(1000));
      return connection.received.includes('not you');
    },
    { within: 10_000, what: 'the answer' },
  );
  expect(parseResponse(connection.received)).toMatchObject({ status: 401 });
  connection.leave();
  expect((await request(`${server.url}/early`)).text).toBe('not you');
});

describe('back-pressure', () => {
  const MIB = 1024 * 1024;
  /** Buffers of sockets on the way, and those of httpd: the largest part is the kernel's, for the client. */
  const onTheWay = 16 * MIB;
  let socket: Socket;
  let pids: number[];

  beforeAll(async () => {
    pids = JSON.parse((await request(`${server.url}/pids`)).text) as number[];
  });

  async function begin(text: string): Promise<void> {
    socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined); // httpd may break what the test leaves
    await once(socket, 'connect');
    socket.write(text);
  }

  afterEach(() => {
    socket.destroy();
  });

  test('of a client that reads nothing reaches the app, and nothing piles up', async () => {
    const read = async () =>
      JSON.parse((await request(`${server.url}/written`)).text) as { written: number; refused: number };
    const growth = await measureGrowth(pids, async () => {
      await begin(rawRequest('/endless'));
      socket.pause();
      const written = await settle(async () => (await read()).written);
      expect(written).toBeLessThan(onTheWay);
    });
    expect((await read()).refused).toBeGreaterThan(0);
    expect(Math.max(...growth)).toBeLessThan(32);
  });

  test('of an app that reads nothing reaches the client, and nothing piles up', async () => {
    const growth = await measureGrowth(pids, async () => {
      await begin(rawRequest('/stuck', { method: 'POST', headers: 'Transfer-Encoding: chunked\r\n' }));
      socket.write('40000000\r\n');
      const write = (): void => {
        while (socket.write(Buffer.alloc(65_536)));
      };
      socket.on('drain', write);
      write();
      const sent = await settle(() => Promise.resolve(socket.bytesWritten - socket.writableLength));
      expect(sent).toBeLessThan(onTheWay);
    });
    expect(Number((await request(`${server.url}/seen`)).text)).toBeGreaterThan(0);
    socket.destroy();
    await go(); // httpd notices nothing while it cannot write to the app, and would keep the server from stopping
    expect(Math.max(...growth)).toBeLessThan(32);
  });

  /** The number once it no longer grows. */
  async function settle(read: () => Promise<number>): Promise<number> {
    let [last, since] = [0, performance.now()];
    await waitFor(
      async () => {
        const value = await read();
        if (value !== last) [last, since] = [value, performance.now()];
        return last > 0 && (performance.now() - since > 500 || last > 2 * onTheWay);
      },
      { within: 15_000, what: 'a stop' },
    );
    return last;
  }
});

test('the signal of a request is aborted when its client leaves a stream', async () => {
  const connection = await open(rawRequest('/signal'));
  await connection.waitFor(/piece/);
  connection.leave();
  await waitFor(async () => (await notes()).includes('aborted'), { within: 10_000, what: 'the signal' });
});

test('an empty piece does not begin the answer', async () => {
  const connection = await open(rawRequest('/nothing-first'));
  await request(`${server.url}/early`);
  await go();
  expect(parseResponse(await connection.waitForClose())).toMatchObject({ status: 200, body: 'text' });
});

test('informational answers are dropped, and their callbacks called', async () => {
  expect(parseResponse(await (await open(rawRequest('/hints'))).waitForClose())).toMatchObject({
    status: 200,
    body: 'final',
  });
  expect(await notes()).toEqual(expect.arrayContaining(['continue', 'processing']));
});

test('a client of HTTP/1.0 gets each piece at once, and the end by the end of the connection', async () => {
  const connection = await open(rawRequest('/pieces-of-1.0', { version: '1.0' }));
  await connection.waitFor(/\r\n\r\nfirst $/);
  await go();
  const { body, framing } = parseResponse(await connection.waitForClose());
  expect([body, framing]).toEqual(['first second', 'close']);
});

test('100 Continue is sent before the app’s listener is asked, which still may refuse', async () => {
  const headers = 'Expect: 100-continue\r\nContent-Length: 3\r\n';
  const connection = await open(rawRequest('/pieces', { method: 'POST', headers }));
  await connection.waitFor(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
  connection.send('abc');
  const { rest } = parseResponse(await connection.waitForClose());
  expect(parseResponse(rest)).toMatchObject({ status: 413, body: 'refused' });
});

test('other expectations fail, and no listener is asked', async () => {
  const connection = await open(rawRequest('/early', { headers: 'Expect: something\r\n' }));
  expect(await connection.waitForClose()).toMatch(/^HTTP\/1\.1 417 /);
  expect(await notes()).not.toContain('checkExpectation');
});

async function notes(): Promise<string[]> {
  return JSON.parse((await request(`${server.url}/notes`)).text) as string[];
}
