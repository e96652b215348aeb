/** Bodies that are sent and read piece by piece; transfer.test.ts has the large, slow and broken ones. */
import { gunzipSync, constants } from 'node:zlib';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { rawRequest } from '../support/behaviours.ts';
import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { parseResponse } from '../support/parse-response.ts';
import { RawConnection } from '../support/raw-connection.ts';
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
  await connection.waitFor(/\r\n\r\n[^]*\r\n[^]+\r\n/);
  const { body } = parseResponse(connection.received);
  const options = { finishFlush: constants.Z_SYNC_FLUSH };
  expect(gunzipSync(Buffer.from(body, 'latin1'), options).toString()).toBe('first');
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
