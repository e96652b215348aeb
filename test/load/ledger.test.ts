/** No request runs twice, none gets another's bytes: 10,000 requests with a token each, undisturbed and under fire. */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import path from 'node:path';

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';

const REQUESTS = 10_000;
const CONNECTIONS = 64;
const MAX_BODY_BYTES = 300_000;
const app = path.join(import.meta.dirname, '../fixtures/apps/ledger.ts');
const noise = randomBytes(MAX_BODY_BYTES);

/** How one request ended: as it should, with an error a client can tell, or with what nobody may ever see. */
type Outcome = 'right' | 'failed' | 'wrong';

const directory = createTemporaryDirectory();
const ledger = path.join(directory.path, 'ledger');
let server: ExpressServer;

beforeAll(async () => {
  writeFileSync(ledger, '');
  chmodSync(ledger, 0o666);
  server = await ExpressServer.start([app, '--processes', '3'], { env: { LEDGER: ledger } });
}, 60_000);

beforeEach(() => {
  writeFileSync(ledger, '');
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

test('every response carries the token and the body of its request', async () => {
  const outcomes = await sendAll('calm');
  expect({ failed: outcomes.failed, wrong: outcomes.wrong }).toEqual({ failed: [], wrong: [] });
  expect(runs()).toHaveLength(REQUESTS);
  expect(new Map(runs()).size).toBe(REQUESTS);
}, 180_000);

test('with a worker killed every second only what was in flight on it fails and nothing runs twice', async () => {
  const killed = new Set<number>();
  const killer = setInterval(() => {
    void request(server.url, { headers: { 'X-Token': `scout-${killed.size}` } }).then(
      ({ headers }) => {
        const pid = Number(headers['x-pid']);
        // A scout that was hit itself, or whose worker has ended since, is followed by another.
        if (!isAlive(pid)) return;
        killed.add(pid);
        process.kill(pid, 'SIGKILL');
      },
      () => undefined,
    );
  }, 1000);
  const outcomes = await sendAll('storm').finally(() => {
    clearInterval(killer);
  });
  expect(killed.size).toBeGreaterThan(2);
  expect(outcomes.wrong).toEqual([]);
  expect(outcomes.right.length).toBeGreaterThan(REQUESTS * 0.8);
  const ranOn = new Map(runs());
  expect(ranOn.size).toBe(runs().length);
  // A request that failed was on a worker that was killed: it ran there, or was on its way there.
  const survivors = outcomes.failed.filter((token) => ranOn.has(token) && !killed.has(ranOn.get(token) ?? 0));
  expect(survivors).toEqual([]);
}, 240_000);

function isAlive(pid: number): boolean {
  return Number.isInteger(pid) && existsSync(`/proc/${pid}`);
}

/** Token and pid of every run, in order. */
function runs(): [token: string, pid: number][] {
  return readFileSync(ledger, 'utf8')
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('scout'))
    .map((line) => {
      const [token = '', pid] = line.split(' ');
      return [token, Number(pid)];
    });
}

async function sendAll(name: string): Promise<Record<Outcome, string[]>> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const outcomes: Record<Outcome, string[]> = { right: [], failed: [], wrong: [] };
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < REQUESTS) {
      const token = `${name}-${next++}-${randomBytes(8).toString('hex')}`;
      outcomes[await send(token, agent)].push(token);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  agent.destroy();
  return outcomes;
}

async function send(token: string, agent: Agent): Promise<Outcome> {
  const body = noise.subarray(0, randomInt(MAX_BODY_BYTES + 1));
  return new Promise((resolve) => {
    const outgoing = httpRequest(server.url, {
      method: 'POST',
      agent,
      headers: { 'X-Token': token, 'Content-Length': body.length },
    });
    outgoing.on('error', () => {
      resolve('failed');
    });
    outgoing.on('response', (incoming) => {
      const received: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => received.push(chunk));
      incoming.on('error', () => {
        resolve('failed');
      });
      incoming.on('end', () => {
        if (incoming.statusCode !== 200) resolve('failed');
        else
          resolve(
            isOwn(Buffer.concat(received), token, body) && incoming.headers['x-token'] === token
              ? 'right'
              : 'wrong',
          );
      });
    });
    outgoing.end(body);
  });
}

function isOwn(answer: Buffer, token: string, body: Buffer): boolean {
  return digest(answer) === digest(Buffer.concat([Buffer.from(`${token} `), body]));
}

function digest(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}
