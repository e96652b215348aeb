/** Bodies that are so long that the worker borrows httpd's connection to read them. */
import { createHash, randomBytes } from 'node:crypto';
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
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
const body = randomBytes(12 * MIB);
const digest = createHash('sha1').update(body).digest('hex');
const agent = new Agent({ keepAlive: true, maxSockets: 2 });
let server: ExpressServer;

beforeAll(async () => {
  // One place: a second request is answered only when the first leaves it.
  const options = [
    '--concurrency=1',
    '--request-timeout=2',
    '--deadlock-timeout=4',
    '--keep-alive-timeout=1',
    '--limit-request-body=20000000',
  ];
  server = await ExpressServer.start([
    path.join(import.meta.dirname, '../fixtures/apps/long-bodies.mjs'),
    ...options,
  ]);
}, 60_000);

afterAll(async () => {
  agent.destroy();
  const { errorLog } = server;
  await server.stop();
  expect(errorLog).not.toContain('broke the FastCGI protocol');
});

/** What a body leaves behind in the worker would be there for the next. */
let sockets: number | undefined;
afterEach(async () => {
  sockets = await expectNoSocketsLeft(server.serverRoot, sockets);
});

/** An upload whose body is still to be sent. */
function open(
  target: string,
  headers: Record<string, string | number> = { 'Content-Length': body.length },
): Upload {
  const outgoing = httpRequest(`${server.url}${target}`, { method: 'POST', agent, headers });
  const answer = new Promise<Answer>((resolve, reject) => {
    outgoing.on('response', (incoming) => void read(incoming).then(resolve, reject)).on('error', reject);
  });
  answer.catch(() => undefined); // some expect no answer
  return { outgoing, answer };
}

interface Upload {
  readonly outgoing: ClientRequest;
  readonly answer: Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function read(incoming: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming as AsyncIterable<Buffer>) pieces.push(piece);
  return { status: incoming.statusCode ?? 0, text: Buffer.concat(pieces).toString('latin1') };
}

function send(target: string): Promise<Answer> {
  const { outgoing, answer } = open(target);
  outgoing.end(body);
  return answer;
}

/** On the connections that were used before: whatever was left on them would be answered to somebody else. */
async function expectService(): Promise<void> {
  for (let count = 0; count < 4; count += 1)
    expect(await send('/digest')).toEqual({ status: 200, text: digest });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('one arrives whole, again and again on the same connections', async () => {
  await expectService();
});

test('one goes past the bridge', async () => {
  const { bridge } = await readStatus(server.serverRoot);
  const before = bytesRead(bridge.pid ?? 0);
  await send('/digest');
  expect(bytesRead(bridge.pid ?? 0) - before).toBeLessThan(2 * MIB);
});

test('one that is answered with itself arrives whole, both ways past the bridge', async () => {
  const { text } = await send('/echo');
  expect(createHash('sha1').update(text, 'latin1').digest('hex')).toBe(digest);
  await expectService();
});

test('one of unknown length arrives whole', async () => {
  const { outgoing, answer } = open('/digest', {});
  for (let at = 0; at < body.length; at += MIB) outgoing.write(body.subarray(at, at + MIB));
  outgoing.end();
  expect((await answer).text).toBe(digest);
});

test('one that comes slowly keeps no place', async () => {
  const { outgoing, answer } = open('/digest');
  outgoing.write(body.subarray(0, 6 * MIB));
  await pause(400);
  expect((await request(`${server.url}/pid`)).status).toBe(200);
  outgoing.end(body.subarray(6 * MIB));
  expect((await answer).text).toBe(digest);
});

test('one that takes longer than the app may is not the fault of the app', async () => {
  const { outgoing, answer } = open('/digest');
  const parts = 50;
  for (let part = 0; part < parts; part += 1) {
    outgoing.write(body.subarray((part * body.length) / parts, ((part + 1) * body.length) / parts));
    await pause(60); // never for so long that it is given back for that
  }
  outgoing.end();
  expect(await answer).toEqual({ status: 200, text: digest });
}, 20_000);

test('one that the app does not read costs no memory, and is whole when it does', async () => {
  const { bridge } = await readStatus(server.serverRoot);
  const later = open('/later');
  const [growth] = await measureGrowth([bridge.pid ?? 0], async () => {
    later.outgoing.end(body);
    await pause(600);
  });
  expect(growth).toBeLessThan(4);
  expect((await later.answer).text).toBe(digest);
});

test('an answer in the middle of one is followed by other requests on the same connections', async () => {
  for (let count = 0; count < 4; count += 1) {
    const { outgoing, answer } = open('/early');
    outgoing.on('error', () => undefined).end(body);
    expect(await answer).toMatchObject({ status: 413 });
  }
  await expectService();
});

test('one that is read on beside the answer is read whole', async () => {
  expect(await send('/beside')).toEqual({ status: 200, text: `begun ${digest}` });
  await expectService();
});

test('a client that leaves in the middle is noticed by the app', async () => {
  const { outgoing } = open('/digest');
  outgoing.on('error', () => undefined).write(body.subarray(0, 6 * MIB), () => outgoing.destroy());
  await waitFor(async () => (await request(`${server.url}/events`)).text.includes('/digest ECONNRESET'), {
    within: 5000,
    what: 'the app to notice',
  });
  await expectService();
});

test('an app that does not answer is answered for', async () => {
  expect(await send('/never')).toMatchObject({ status: 504 });
  await expectService();
});

test('an app that is busy for ever in the middle of one is answered for, and replaced', async () => {
  expect(await send('/stuck')).toMatchObject({ status: 504 });
  await expectNextWorker();
}, 30_000);

test('a client that leaves while the app is busy for ever leaves nothing behind', async () => {
  const { outgoing } = open('/stuck');
  outgoing.on('error', () => undefined).write(body.subarray(0, 8 * MIB));
  await pause(500);
  outgoing.destroy();
  await expectNextWorker();
}, 30_000);

test('a worker that dies in the middle of one is answered for, and the next one serves', async () => {
  expect(await send('/dies')).toMatchObject({ status: 502 });
  await expectNextWorker();
}, 20_000);

test('a bridge that dies while a worker is busy for ever takes it along: no connection of httpd stays open', async () => {
  const { outgoing, answer } = open('/stuck');
  outgoing.on('error', () => undefined).end(body);
  await pause(500);
  process.kill((await readStatus(server.serverRoot)).bridge.pid ?? 0, 'SIGKILL');
  expect((await answer).status).toBeGreaterThanOrEqual(500);
  await expectNextWorker();
}, 30_000);

async function expectNextWorker(): Promise<void> {
  await waitFor(isServed, { within: 15_000, what: 'the next worker' });
  sockets = undefined;
  await expectService();
}

async function isServed(): Promise<boolean> {
  const { status } = await request(`${server.url}/pid`).catch(() => ({ status: 0 }));
  return status === 200;
}
