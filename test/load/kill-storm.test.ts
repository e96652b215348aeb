/**
 * SIGKILL at random to workers, the bridge and httpd's children under load: nothing runs twice, nobody gets another's
 * bytes, and the service is back soon. LOAD_SECONDS is how long.
 */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { findProcesses } from '../support/find-processes.ts';
import { request } from '../support/http-request.ts';
import { reportFigures } from '../support/report-figures.ts';
import { readStatus } from '../support/server-status.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const SECONDS = Number(process.env['LOAD_SECONDS'] ?? 15);
const CLIENTS = 24;
const PROCESSES = 3;
/** Some bodies, and some answers, are so long that the worker borrows httpd's connection. */
const SHORT = { maxBodyBytes: 100_000, repeat: 1 };
const SHAPES = [
  ...Array.from({ length: 6 }, () => SHORT),
  { ...SHORT, repeat: 40 },
  { ...SHORT, maxBodyBytes: 3_000_000 },
];
const BACK_WITHIN_MS = 2000;
const app = path.join(import.meta.dirname, '../fixtures/apps/ledger.ts');
const noise = randomBytes(Math.max(...SHAPES.map(({ maxBodyBytes }) => maxBodyBytes)));

/** How one request ended: as it should, with an error a client can tell, or with what nobody may ever see. */
type Outcome = 'right' | 'failed' | 'wrong';

/** What is killed. */
type Target = 'worker' | 'bridge' | 'httpd';

const directory = createTemporaryDirectory();
const ledger = path.join(directory.path, 'ledger');
let server: ExpressServer;
let isOver = false;

beforeAll(async () => {
  writeFileSync(ledger, '');
  chmodSync(ledger, 0o666);
  server = await ExpressServer.start([app, '--processes', String(PROCESSES)], { env: { LEDGER: ledger } });
}, 60_000);

afterAll(async () => {
  await server.stop();
  directory.remove();
}, 30_000);

test(
  `${SECONDS} s of SIGKILL to workers, bridge and httpd run nothing twice, mix nothing up, and interrupt for less than 2 s`,
  async () => {
    const outcomes: Record<Outcome, string[]> = { right: [], failed: [], wrong: [] };
    const load = Promise.all(Array.from({ length: CLIENTS }, () => sendUntilOver(outcomes)));
    const interruptions = await killUntil(performance.now() + SECONDS * 1000).finally(() => (isOver = true));
    await load;
    const ran = readFileSync(ledger, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    reportFigures('kill storm', {
      ...Object.fromEntries(Object.entries(outcomes).map(([name, tokens]) => [name, tokens.length])),
      kills: interruptions.length,
      worstBackMs: Object.fromEntries(
        (['worker', 'bridge', 'httpd'] as const).map((target) => [target, worst(interruptions, target)]),
      ),
    });
    expect(outcomes.wrong).toEqual([]);
    const distinct = new Set(ran);
    expect(distinct.size).toBe(ran.length);
    expect(outcomes.right.filter((token) => !distinct.has(token))).toEqual([]);
    expect(new Set(interruptions.map(({ target }) => target)).size).toBe(3);
    expect(interruptions.filter(({ backMs }) => backMs > BACK_WITHIN_MS)).toEqual([]);
    await waitForAllWorkers();
  },
  60_000 + SECONDS * 4000,
);

/** A process that was killed, and how long until a new client was served. */
interface Interruption {
  readonly target: Target;
  readonly backMs: number;
}

/** Each kind of process in turn, a random one of its kind, at random moments once the service is back. */
async function killUntil(deadline: number): Promise<Interruption[]> {
  const targets: readonly Target[] = ['worker', 'httpd', 'worker', 'bridge', 'worker', 'httpd'];
  const interruptions: Interruption[] = [];
  for (let turn = 0; performance.now() < deadline; turn += 1) {
    await delay(randomInt(100, 900));
    const target = targets[turn % targets.length] ?? 'worker';
    const victims = await findVictims(target);
    const victim = victims[randomInt(Math.max(1, victims.length))];
    if (victim === undefined) continue; // the one that was is being replaced
    process.kill(victim, 'SIGKILL');
    interruptions.push({ target, backMs: await waitUntilBack() });
    if (target === 'bridge') await waitForAllWorkers();
  }
  return interruptions;
}

async function findVictims(target: Target): Promise<number[]> {
  const { bridge, httpd } = await readStatus(server.serverRoot);
  if (target === 'httpd') return httpd.pid === undefined ? [] : findChildren(httpd.pid);
  if (target === 'bridge') return bridge.pid === undefined ? [] : [bridge.pid];
  return (bridge.details?.workers ?? []).filter(({ state }) => state === 'ready').map(({ pid }) => pid);
}

function findChildren(parent: number): number[] {
  const isChild = (pid: number): boolean => {
    try {
      // Its name, in parentheses, may contain anything; the state and the parent's pid follow it.
      return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1] === String(parent);
    } catch {
      return false; // it ended meanwhile
    }
  };
  return findProcesses(server.mark)
    .map(({ pid }) => pid)
    .filter(isChild);
}

/** Milliseconds until five new clients in a row, and so most likely every worker, have been served. */
async function waitUntilBack(): Promise<number> {
  const began = performance.now();
  let backAt = began;
  let good = 0;
  while (good < 5 && performance.now() - began < 20_000) {
    const { status } = await request(server.url, { headers: { 'X-Token': newToken('probe') } }).catch(() => ({
      status: 0,
    }));
    if (status !== 200) {
      good = 0;
      await delay(5);
      backAt = performance.now();
    } else {
      if (good === 0) backAt = performance.now();
      good += 1;
    }
  }
  return good < 5 ? Infinity : backAt - began;
}

async function waitForAllWorkers(): Promise<void> {
  const count = async (): Promise<number> =>
    (await readStatus(server.serverRoot)).bridge.details?.workers.filter(({ state }) => state === 'ready')
      .length ?? 0;
  await waitFor(async () => (await count()) === PROCESSES, {
    within: 20_000,
    what: 'all workers to be ready',
    pauseMs: 50,
  });
}

function worst(interruptions: readonly Interruption[], target: Target): number {
  return Math.max(...interruptions.filter((one) => one.target === target).map(({ backMs }) => backMs));
}

function newToken(name: string): string {
  return `${name}-${randomBytes(12).toString('hex')}`;
}

async function sendUntilOver(outcomes: Record<Outcome, string[]>): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!isOver) {
    const token = newToken('storm');
    const outcome = await send(token, agent);
    outcomes[outcome].push(token);
    await delay(outcome === 'failed' ? 50 : 5);
  }
  agent.destroy();
}

async function send(token: string, agent: Agent): Promise<Outcome> {
  const { maxBodyBytes, repeat } = SHAPES[randomInt(SHAPES.length)] ?? SHORT;
  const body = noise.subarray(0, randomInt(maxBodyBytes + 1));
  const headers = { 'X-Token': token, 'X-Repeat': repeat, 'Content-Length': body.length };
  const answers = Array.from({ length: repeat }, () => body);
  return new Promise((resolve) => {
    const fail = (): void => {
      resolve('failed');
    };
    const outgoing = httpRequest(server.url, { method: 'POST', agent, headers }, (incoming) => {
      const received: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => received.push(chunk)).on('error', fail);
      incoming.on('end', () => {
        const isOwn =
          incoming.headers['x-token'] === token &&
          digest(...received) === digest(Buffer.from(`${token} `), ...answers);
        resolve(incoming.statusCode !== 200 ? 'failed' : isOwn ? 'right' : 'wrong');
      });
    });
    outgoing.on('error', fail).end(body);
  });
}

function digest(...chunks: readonly Buffer[]): string {
  const hash = createHash('sha1');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
