/** Two hundred clients that are slow on purpose, and one that is not: it does not notice them. */
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { reportFigures } from '../support/report-figures.ts';
import { readStatus } from '../support/server-status.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const SLOW_CLIENTS = 200;
const SIP_MS = 500;
/** They come ten at a time. */
const ARRIVAL_MS = 100;
const REQUESTS = 100;
/** What a normal client waits at most, on a machine with nothing else to do. */
const WORST_MS = 200;
const app = path.join(import.meta.dirname, '../fixtures/apps/patient.ts');

/** What a slow client sends at first, what it sends or reads then and again, and whether it reads by itself. */
interface Slowness {
  readonly first: string;
  readonly sip: (socket: Socket) => unknown;
}

const slownesses: readonly (Slowness & { readonly name: string })[] = [
  {
    name: 'send their headers',
    first: 'GET / HTTP/1.1\r\nHost: x\r\n',
    sip: (socket) => socket.write('X-Slow: yes\r\n'),
  },
  {
    name: 'send a body of which nothing has reached the app',
    first: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n',
    sip: (socket) => socket.write('x'),
  },
  {
    name: 'send a body that the app has begun to read',
    first: `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(40_000)}`,
    sip: (socket) => socket.write('x'.repeat(1000)),
  },
  {
    name: 'read',
    first: 'GET /page HTTP/1.1\r\nHost: x\r\n\r\n',
    sip: (socket) => socket.read(1000) as unknown,
  },
];

const directory = createTemporaryDirectory();
let server: ExpressServer;
let slowClients: Socket[] = [];

beforeAll(async () => {
  // The loopback takes 4 MB before a response has to wait for its reader, the way to a slow client does not.
  const nearBuffers = path.join(directory.path, 'send-buffer.conf');
  writeFileSync(nearBuffers, 'SendBufferSize 65536\n');
  server = await ExpressServer.start([app, '--include-file', nearBuffers]);
  await measure();
}, 60_000);

afterEach(async () => {
  for (const socket of slowClients) socket.destroy();
  slowClients = [];
  await waitFor(async () => (await findInFlight()) === 0, {
    within: 60_000,
    what: 'the slow ones to be gone',
  });
}, 70_000);

afterAll(async () => {
  await server.stop();
  directory.remove();
});

test.each(slownesses)(
  `${SLOW_CLIENTS} clients that slowly $name do not slow another`,
  async ({ name, first, sip }) => {
    const alone = await measure();
    const timer = setInterval(() => {
      for (const socket of slowClients) sip(socket);
    }, SIP_MS);
    try {
      while (slowClients.length < SLOW_CLIENTS) {
        slowClients.push(...(await Promise.all(Array.from({ length: 10 }, () => open(first)))));
        await delay(ARRIVAL_MS);
      }
      await delay(SIP_MS); // the last of them is being served, too
      const inFlight = await findInFlight();
      const beside = await measure();
      reportFigures(`slow clients that slowly ${name}`, { inFlight, alone, beside });
      expect(beside.failures).toEqual([]);
      expect(beside.worstMs).toBeLessThan(Math.max(WORST_MS, alone.worstMs * 3));
    } finally {
      clearInterval(timer);
    }
  },
  60_000,
);

async function open(first: string): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined); // httpd may lose its patience
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(first);
  return socket;
}

/** A normal client, on a connection of its own each time. */
async function measure(): Promise<{ medianMs: number; worstMs: number; failures: string[] }> {
  const latencies: number[] = [];
  const failures: string[] = [];
  for (let count = 0; count < REQUESTS; count += 1) {
    const began = performance.now();
    const answer = await request(server.url).catch((error: unknown) => ({ text: String(error) }));
    latencies.push(performance.now() - began);
    if (answer.text !== 'quick') failures.push(answer.text);
    await delay(10);
  }
  latencies.sort((a, b) => a - b);
  return { medianMs: latencies[REQUESTS / 2] ?? 0, worstMs: latencies.at(-1) ?? 0, failures };
}

async function findInFlight(): Promise<number> {
  const { details } = (await readStatus(server.serverRoot)).bridge;
  return details?.workers.reduce((sum, { inFlight }) => sum + inFlight, 0) ?? 0;
}
