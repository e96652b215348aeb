/** Bodies that fit in no memory, both ways, and the company they keep. */
import { createHash } from 'node:crypto';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { blocks } from '../support/blocks.ts';
import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { measureGrowth } from '../support/resident-memory.ts';

const GIB = 1024 ** 3;
const app = path.join(import.meta.dirname, '../fixtures/apps/transfer.ts');

let server: ExpressServer;
let pids: number[];

beforeAll(async () => {
  server = await ExpressServer.start([app, '--limit-request-body', '0']);
  const { worker, bridge } = JSON.parse((await request(`${server.url}/pids`)).text) as {
    worker: number;
    bridge: number;
  };
  pids = [bridge, worker];
  await download(64 * 1024 ** 2); // both have their working set before anything is measured
  await upload(64 * 1024 ** 2);
}, 60_000);

afterAll(async () => {
  await server.stop();
});

test('an upload of 2 GiB arrives intact in flat memory', async () => {
  const growth = await measureGrowth(pids, async () => {
    const { bytes, hash, expected } = await upload(2 * GIB);
    expect({ bytes, hash }).toEqual({ bytes: 2 * GIB, hash: expected });
  });
  for (const mib of growth) expect(mib).toBeLessThan(64);
}, 180_000);

test('a download of 2 GiB arrives intact in flat memory', async () => {
  const growth = await measureGrowth(pids, async () => {
    const { bytes, hash } = await download(2 * GIB);
    expect({ bytes, hash }).toEqual({ bytes: 2 * GIB, hash: hashOfBlocks(2 * GIB) });
  });
  for (const mib of growth) expect(mib).toBeLessThan(64);
}, 180_000);

test('a reader of 1 MB/s does not slow other requests on its worker', async () => {
  const alone = await medianLatencyMs();
  const slow = await readSlowly(1_000_000);
  const growth = await measureGrowth(pids, async () => {
    const beside = await medianLatencyMs();
    // Ten times is far below what waiting for the slow reader would cost, and far above this machine's noise.
    expect(beside).toBeLessThan(Math.max(alone * 10, 20));
  });
  slow.destroy();
  for (const mib of growth) expect(mib).toBeLessThan(64);
}, 60_000);

async function upload(bytes: number): Promise<{ bytes: number; hash: string; expected: string }> {
  const expected = createHash('sha1');
  const outgoing = httpRequest(server.url, {
    method: 'PUT',
    headers: { 'Content-Length': bytes },
    agent: false,
  });
  const answer = new Promise<string>((resolve, reject) => {
    outgoing.on('error', reject).on('response', (incoming) => {
      let text = '';
      incoming
        .setEncoding('utf8')
        .on('data', (chunk: string) => (text += chunk))
        .on('end', () => {
          resolve(text);
        });
    });
  });
  const hashed = function* (): Generator<Buffer> {
    for (const block of blocks(bytes)) {
      expected.update(block);
      yield block;
    }
  };
  await pipeline(Readable.from(hashed(), { objectMode: false }), outgoing);
  return {
    ...(JSON.parse(await answer) as { bytes: number; hash: string }),
    expected: expected.digest('hex'),
  };
}

async function startDownload(bytes: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpRequest(`${server.url}/?bytes=${bytes}`, { agent: false }, resolve).on('error', reject).end();
  });
}

async function download(bytes: number): Promise<{ bytes: number; hash: string }> {
  const hash = createHash('sha1');
  let received = 0;
  for await (const chunk of (await startDownload(bytes)) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    received += chunk.length;
  }
  return { bytes: received, hash: hash.digest('hex') };
}

function hashOfBlocks(bytes: number): string {
  const hash = createHash('sha1');
  for (const block of blocks(bytes)) hash.update(block);
  return hash.digest('hex');
}

/** Starts a download of 2 GiB and takes `bytesPerSecond` of it, in ten sips a second. */
async function readSlowly(bytesPerSecond: number): Promise<IncomingMessage> {
  const incoming = await startDownload(2 * GIB);
  incoming.pause();
  const timer = setInterval(() => incoming.read(bytesPerSecond / 10) as Buffer | null, 100);
  incoming.on('close', () => {
    clearInterval(timer);
  });
  incoming.on('error', () => undefined); // destroyed at the end of the test
  return incoming;
}

async function medianLatencyMs(): Promise<number> {
  const latencies: number[] = [];
  for (let count = 0; count < 100; count += 1) {
    const began = performance.now();
    await request(`${server.url}/pids`);
    latencies.push(performance.now() - began);
  }
  return latencies.sort((a, b) => a - b)[50] ?? 0;
}
