/** How the bridge's connections are read, over a real socket. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { openLinkSocket } from '../src/link-socket.ts';
import { waitFor } from './wait-for.ts';

let directory: string;
let server: Server;
let bridge: Socket;
let ours: Socket;
let chunks: Buffer[];
let received: Buffer;

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'link-socket-'));
  server = createServer({ pauseOnConnect: true }).listen(path.join(directory, 'socket'));
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  bridge = connect(path.join(directory, 'socket'));
  chunks = [];
  received = Buffer.alloc(0);
  ours = openLinkSocket((await accepted)[0]).on('data', (chunk) => {
    chunks.push(chunk);
    received = Buffer.concat([received, chunk]);
  });
});

afterEach(() => {
  bridge.destroy();
  ours.destroy();
  server.close();
  rmSync(directory, { recursive: true });
});

const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

async function arrive(length: number): Promise<void> {
  await waitFor(() => received.length >= length, { what: `${length} bytes` });
}

test('everything arrives, all of it in one buffer', async () => {
  for (const length of [10, 100_000, 199_990]) {
    bridge.write(bytes.subarray(received.length, received.length + length));
    await arrive(received.length + length);
  }
  expect(received.equals(bytes)).toBe(true);
  expect(new Set(chunks.map(({ buffer }) => buffer)).size).toBe(1);
});

test('what is written arrives', async () => {
  const answer: Buffer[] = [];
  bridge.on('data', (chunk) => answer.push(chunk));
  ours.write(bytes);
  await waitFor(() => Buffer.concat(answer).equals(bytes), { what: 'the answer' });
});

test('after a pause nothing is read, until it goes on', async () => {
  bridge.write('1');
  await arrive(1);
  ours.pause();
  bridge.write('2');
  await delay(50);
  expect(received.toString()).toBe('1');
  ours.resume();
  await arrive(2);
});

test('the server closes when it has ended, whoever ends it', async () => {
  const closed = once(server, 'close');
  server.close();
  bridge.end();
  await once(ours, 'end');
  ours.destroy();
  await closed;
});
