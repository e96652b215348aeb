/** Responses that are so long that the worker borrows httpd's connection for them. */
import { createHash } from 'node:crypto';
import { get as httpGet, Agent, type IncomingMessage } from 'node:http';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';

import { bytesRead } from '../support/bytes-read.ts';
import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { measureGrowth } from '../support/resident-memory.ts';
import { readStatus } from '../support/server-status.ts';
import { expectNoSocketsLeft } from '../support/sockets.ts';
import { waitFor } from '../support/wait-for.ts';

const MIB = 2 ** 20;
const agent = new Agent({ keepAlive: true, maxSockets: 2 });
let server: ExpressServer;
let digest: string;

beforeAll(async () => {
  // One place: a second request is answered only when the first leaves it. httpd gives up what is silent for two seconds.
  const options = ['--concurrency=1', '--socket-timeout=2', '--keep-alive-timeout=1'];
  server = await ExpressServer.start([
    path.join(import.meta.dirname, '../fixtures/apps/long-responses.mjs'),
    ...options,
  ]);
  digest = (await request(`${server.url}/digest`)).text;
}, 60_000);

afterAll(async () => {
  agent.destroy();
  await server.stop();
});

/** What a response leaves behind in the worker would be there for the next. */
let sockets: number | undefined;
afterEach(async () => {
  sockets = await expectNoSocketsLeft(server.serverRoot, sockets);
});

function open(target: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpGet(`${server.url}${target}`, { agent }, resolve).on('error', reject);
  });
}

/** Reads to the end, or to where it is cut. */
async function read(response: IncomingMessage): Promise<{ bytes: number; digest: string; isWhole: boolean }> {
  const hash = createHash('sha1');
  let bytes = 0;
  let isWhole = true;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      bytes += piece.length;
      hash.update(piece);
    }
  } catch {
    isWhole = false;
  }
  return { bytes, digest: hash.digest('hex'), isWhole };
}

const whole = () => ({ bytes: 12 * MIB, digest, isWhole: true });

test.each(['/at-once', '/chunked', '/piped', '/callbacks'])(
  '%s arrives whole, again and again on the same connections',
  async (target) => {
    for (let count = 0; count < 5; count += 1) {
      expect(await read(await open(target))).toEqual(whole());
      expect((await read(await open('/digest'))).bytes).toBe(40);
    }
    expect((await request(`${server.url}/events`)).text).not.toContain('cut');
  },
);

test.each(['/at-once', '/chunked', '/piped'])('%s goes past the bridge', async (target) => {
  const { bridge } = await readStatus(server.serverRoot);
  const before = bytesRead(bridge.pid ?? 0);
  await read(await open(target));
  expect(bytesRead(bridge.pid ?? 0) - before).toBeLessThan(2 * MIB);
});

test('a client that does not read keeps no place, and costs no memory', async () => {
  const slow = await open('/at-once');
  slow.pause();
  const { bridge } = await readStatus(server.serverRoot);
  const [growth] = await measureGrowth([bridge.pid ?? 0], async () => {
    expect((await request(`${server.url}/digest`)).text).toBe(digest);
  });
  expect(growth).toBeLessThan(4);
  expect(await read(slow)).toEqual(whole());
});

test('a pause in the middle is longer than the patience of httpd', async () => {
  const response = await open('/in-two');
  const rest = read(response);
  await new Promise((resolve) => setTimeout(resolve, 4500));
  await request(`${server.url}/go`);
  expect(await rest).toEqual(whole());
}, 20_000);

test('a client that leaves is noticed by the app', async () => {
  await request(`${server.url}/events`);
  const response = await open('/endless');
  await new Promise((resolve) => response.once('data', resolve));
  response.destroy();
  await waitFor(async () => (await request(`${server.url}/events`)).text.includes('/endless cut'), {
    within: 5000,
    what: 'the app to notice',
  });
});

test('one that the app destroys is cut visibly', async () => {
  const rest = read(await open('/destroys'));
  await request(`${server.url}/go`);
  expect(await rest).toMatchObject({ isWhole: false });
});

test('one whose worker dies is cut visibly, and the next worker answers', async () => {
  const response = await open('/dies');
  response.pause();
  const before = (await request(`${server.url}/pid`)).text;
  await request(`${server.url}/go`).catch(() => undefined);
  expect(await read(response)).toMatchObject({ isWhole: false });
  await waitFor(async () => !['', before].includes((await request(`${server.url}/pid`)).text), {
    within: 10_000,
    what: 'a new worker',
  });
  expect(await read(await open('/at-once'))).toEqual(whole());
});
