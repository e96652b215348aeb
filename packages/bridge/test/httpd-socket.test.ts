/** How httpd's connections are read, over a real socket. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { type Expected, openHttpdSocket } from '../src/httpd-socket.ts';
import { waitFor } from './support/wait-for.ts';

let directory: string;
let server: Server;
let httpd: Socket;
let ours: Socket;
let chunks: Buffer[];
let reader: { expected: Expected; onData: (chunk: Buffer) => void };

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'httpd-socket-'));
  server = createServer({ pauseOnConnect: true }).listen(path.join(directory, 'socket'));
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  httpd = connect(path.join(directory, 'socket'));
  chunks = [];
  reader = { expected: 'request', onData: (chunk) => chunks.push(chunk) };
  ours = openHttpdSocket((await accepted)[0], reader);
});

afterEach(() => {
  httpd.destroy();
  ours.destroy();
  server.close();
  rmSync(directory, { recursive: true });
});

const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
const received = () => Buffer.concat(chunks);

async function arrive(length: number): Promise<void> {
  await waitFor(() => received().length >= length, { within: 2000, what: `${length} bytes` });
}

test.each(['body', 'request', 'params'] as const)(
  'everything arrives, and stays as it was, where there is expected: %s',
  async (expected) => {
    reader.expected = expected;
    for (const length of [10, 5000, 100_000, 20, 194_970]) {
      const from = received().length;
      httpd.write(bytes.subarray(from, from + length));
      await arrive(from + length);
    }
    expect(received().equals(bytes)).toBe(true);
  },
);

test('after a pause in the middle nothing more is read, until it goes on', async () => {
  reader.onData = (chunk) => {
    chunks.push(chunk);
    ours.pause();
  };
  httpd.write(bytes);
  await arrive(1);
  await delay(50);
  expect(chunks).toHaveLength(1);
  expect(received().length).toBeLessThanOrEqual(20 * 1024);
  reader.onData = (chunk) => chunks.push(chunk);
  ours.resume();
  await arrive(bytes.length);
  expect(received().equals(bytes)).toBe(true);
});

test('where PARAMS alone are expected little else is read, from the next read on', async () => {
  reader.onData = (chunk) => {
    chunks.push(chunk);
    reader.expected = 'params';
    ours.pause();
  };
  httpd.write(bytes);
  await arrive(1);
  const [first = ''] = chunks;
  ours.resume();
  await arrive(first.length + 1);
  expect(received().length - first.length).toBe(4 * 1024);
});

test('it is written to, and ends, as any other', async () => {
  ours.end('answer');
  expect(String((await once(httpd, 'data'))[0])).toBe('answer');
  await Promise.all([once(ours, 'close'), once(httpd, 'close')]);
});

test('its peer leaves', async () => {
  httpd.end();
  await once(ours, 'close');
});
