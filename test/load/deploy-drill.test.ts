/**
 * Deploy after deploy under load, every tenth broken on purpose: no client notices any of them, and nothing grows.
 * LOAD_ROUNDS is the number of deploys.
 */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { blocks } from '../support/blocks.ts';
import { ExpressServer } from '../support/express-server.ts';
import { findProcesses } from '../support/find-processes.ts';
import { reportFigures } from '../support/report-figures.ts';
import { readResidentMib } from '../support/resident-memory.ts';
import { type ProgramResult, runProgram } from '../support/run-program.ts';
import { readStatus } from '../support/server-status.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const ROUNDS = Number(process.env['LOAD_ROUNDS'] ?? 20);
const PROCESSES = 2;
const STARTUP_TIMEOUT_S = 5;
/** Ten seconds' worth in the full drill. */
const STREAM_BYTES = ROUNDS < 100 ? 4_000_000 : 10_000_000;
const STREAM_BYTES_PER_SECOND = 1_000_000;
const MAX_BODY_BYTES = 200_000;
const noise = randomBytes(MAX_BODY_BYTES);

/** A way to tell the server of a deploy. */
interface Trigger {
  readonly name: string;
  /** One that waits for the end of the deploy settles with what it was told. */
  pull(): Promise<ProgramResult | undefined>;
}

const graceful: Trigger = {
  name: 'apachectl graceful',
  pull: () => runProgram(path.join(server.serverRoot, 'apachectl'), ['graceful']),
};
const signal: Trigger = {
  name: 'SIGUSR1',
  pull: () => {
    server.command.child.kill('SIGUSR1');
    return Promise.resolve(undefined);
  },
};
const touch: Trigger = {
  name: 'a touched entry file',
  pull: () => utimes(entry, new Date(), new Date()) as Promise<undefined>,
};
const triggers = [graceful, signal, touch] as const;

/** What a version that must never serve does instead of loading. */
const faults = [
  'throw new Error("broken on purpose");',
  'setInterval(() => undefined, 1000); await new Promise(() => undefined);',
  'process.exit(7);',
] as const;

const directory = createTemporaryDirectory();
const entry = path.join(directory.path, 'app.ts');
let server: ExpressServer;
let load: { stop: () => Promise<void> } | undefined;

/** Versions are numbers that grow; broken ones are in between. */
let oldestAllowed = 1;
let newestAllowed = 1;
/**
 * httpd closes its idle connections when it reads its configuration again, maybe as a request is on its way: a client
 * sends that again on a new connection (RFC 9112 §9.3.1). It must not have to on any other occasion.
 */
let mayCloseIdle = false;
const seen = { answers: 0, bodies: 0, streams: 0, sentAgain: 0 };
const problems: string[] = [];

beforeAll(async () => {
  copyFileSync(path.join(import.meta.dirname, '../fixtures/apps/deployed.ts'), entry);
  writeFileSync(path.join(directory.path, 'package.json'), '{"type":"module"}'); // for await at the top level
  writeVersion(1);
  server = await ExpressServer.start([
    entry,
    ...['--processes', String(PROCESSES), '--startup-timeout', String(STARTUP_TIMEOUT_S)],
  ]);
}, 60_000);

afterAll(async () => {
  await load?.stop();
  await server.stop();
  directory.remove();
}, 60_000);

test(
  `${ROUNDS} deploys under load, every tenth broken, fail no request, cut no stream, and leave nothing behind`,
  async () => {
    load = startLoad();
    await deployAll(2, 11); // after as many deploys, the memory of the bridge has levelled off
    await load.stop();
    await waitForQuiet();
    const before = await measure();
    load = startLoad();
    await deployAll(12, 11 + ROUNDS);
    await load.stop();
    await waitForQuiet();
    const after = await measure();
    reportFigures('deploy drill', { deploys: ROUNDS, ...seen, before, after });
    expect(problems).toEqual([]);
    expect(seen.streams).toBeGreaterThan(0);
    expect(after.expressProcesses).toBe(before.expressProcesses);
    expect(after.bridgeFds).toBeLessThanOrEqual(before.bridgeFds + 8);
    expect(after.supervisorFds).toBeLessThanOrEqual(before.supervisorFds + 2);
    expect(after.bridgeMib - before.bridgeMib).toBeLessThan(24);
    expect(after.supervisorMib - before.supervisorMib).toBeLessThan(24);
  },
  120_000 + ROUNDS * 6000,
);

async function deployAll(from: number, to: number): Promise<void> {
  for (let version = from; version <= to; version += 1) {
    const trigger = triggers[version % triggers.length] ?? graceful;
    if (version % 10 === 0) await deployBroken(version, trigger);
    else await deployGood(version, trigger);
  }
}

async function deployGood(version: number, trigger: Trigger): Promise<void> {
  const { generation } = await findDetails();
  mayCloseIdle = trigger === graceful;
  newestAllowed = version;
  writeVersion(version);
  await trigger.pull();
  await waitFor(
    async () => {
      const { workers } = await findDetails();
      const serving = workers.filter(({ state }) => state === 'ready');
      return serving.length === PROCESSES && serving.every((worker) => worker.generation > generation);
    },
    { within: 20_000, what: `deploy ${version} by ${trigger.name}`, pauseMs: 50 },
  );
  oldestAllowed = version;
  await delay(300);
}

/** The old version stays the only one allowed. */
async function deployBroken(version: number, trigger: Trigger): Promise<void> {
  const fault = faults[(version / 10) % faults.length] ?? faults[0];
  const { errorLog } = server;
  const before = await findDetails();
  mayCloseIdle = trigger === graceful;
  writeFileSync(path.join(directory.path, 'version.ts'), `${fault}\nexport const version = '-${version}';\n`);
  const told = await trigger.pull();
  if (told === undefined) {
    await waitFor(() => /keeps? serving|old workers stay/.test(server.errorLog.slice(errorLog.length)), {
      within: 30_000,
      what: `broken deploy ${version} by ${trigger.name} to fail`,
      pauseMs: 50,
    });
  } else {
    expect(told).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/keeps? serving|old workers stay/),
    });
  }
  expect((await findDetails()).generation).toBe(before.generation);
}

function writeVersion(version: number): void {
  writeFileSync(path.join(directory.path, 'version.ts'), `export const version = '${version}';\n`);
}

async function findDetails(): Promise<
  NonNullable<Awaited<ReturnType<typeof readStatus>>['bridge']['details']>
> {
  const { details } = (await readStatus(server.serverRoot)).bridge;
  if (details === undefined) throw new Error('the bridge does not say how it is');
  return details;
}

/** No worker drains and httpd has no children of earlier configurations. */
async function waitForQuiet(): Promise<void> {
  await waitFor(
    async () => {
      const { workers } = await findDetails();
      return workers.length === PROCESSES && workers.every(({ state }) => state === 'ready');
    },
    { within: 30_000, what: 'the old workers to end', pauseMs: 100 },
  );
}

/** What must not grow. */
interface Measures {
  readonly expressProcesses: number;
  readonly httpdProcesses: number;
  readonly bridgeFds: number;
  readonly supervisorFds: number;
  readonly bridgeMib: number;
  readonly supervisorMib: number;
}

async function measure(): Promise<Measures> {
  const { pid: supervisor, bridge } = await readStatus(server.serverRoot);
  const bridgePid = bridge.pid ?? 0;
  const processes = findProcesses(server.mark);
  const httpd = processes.filter(({ command }) => /apache2|httpd/.test(command.split(' ')[0] ?? ''));
  return {
    expressProcesses: processes.length - httpd.length,
    httpdProcesses: httpd.length,
    bridgeFds: countFds(bridgePid),
    supervisorFds: countFds(supervisor),
    bridgeMib: readResidentMib(bridgePid),
    supervisorMib: readResidentMib(supervisor),
  };
}

function countFds(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function startLoad(): { stop: () => Promise<void> } {
  let isOver = false;
  const agent = new Agent({ keepAlive: true });
  const repeat = async (work: () => Promise<void>): Promise<void> => {
    while (!isOver) {
      await work();
      await delay(5);
    }
  };
  const clients = [
    ...Array.from({ length: 6 }, () => repeat(() => getVersion(agent))),
    ...Array.from({ length: 3 }, () => repeat(() => postBody(agent))),
    ...Array.from({ length: 3 }, () => repeat(readStream)),
  ];
  return {
    stop: async () => {
      isOver = true;
      await Promise.all(clients);
      agent.destroy();
    },
  };
}

async function getVersion(agent: Agent): Promise<void> {
  await attempt('GET', async () => {
    await send('/', agent);
    seen.answers += 1;
  });
}

async function postBody(agent: Agent): Promise<void> {
  await attempt('POST', async () => {
    const body = noise.subarray(0, randomInt(1, MAX_BODY_BYTES + 1));
    const answer = await send('/', agent, body);
    if (!answer.equals(body)) problems.push(`POST: ${answer.length} bytes are not the ${body.length} sent`);
    seen.bodies += 1;
  });
}

/** Reads at 1 MB/s: a stream lasts through several deploys. */
async function readStream(): Promise<void> {
  await attempt('stream', async () => {
    const incoming = await start(`/?bytes=${STREAM_BYTES}`);
    const hash = createHash('sha1');
    let received = 0;
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      hash.update(chunk);
      received += chunk.length;
      await delay((chunk.length / STREAM_BYTES_PER_SECOND) * 1000);
    }
    if (received !== STREAM_BYTES || hash.digest('hex') !== expectedHash)
      problems.push(`stream: ${received} bytes, not as sent`);
    seen.streams += 1;
  });
}

const expectedHash = ((): string => {
  const hash = createHash('sha1');
  for (const block of blocks(STREAM_BYTES)) hash.update(block);
  return hash.digest('hex');
})();

async function attempt(name: string, work: () => Promise<void>): Promise<void> {
  const began = new Date();
  try {
    await work();
  } catch (error) {
    problems.push(
      `${name} of ${began.toISOString()}: ${String(error)} at ${new Date().toISOString()} after version ${newestAllowed}`,
    );
  }
}

async function send(target: string, agent: Agent, body?: Buffer): Promise<Buffer> {
  const incoming = await start(target, agent, body);
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Settles with a response of status 200 and of a version that could answer. */
async function start(target: string, agent?: Agent, body?: Buffer): Promise<IncomingMessage> {
  const oldest = oldestAllowed;
  const incoming = await open(target, agent, body);
  if (incoming.statusCode !== 200) throw new Error(`status ${incoming.statusCode}`);
  const version = Number(incoming.headers['x-version']);
  if (!(version >= oldest && version <= newestAllowed))
    problems.push(`${target}: version ${version}, not ${oldest} to ${newestAllowed}`);
  return incoming;
}

async function open(target: string, agent: Agent | undefined, body?: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const outgoing = httpRequest(`${server.url}${target}`, { method, agent: agent ?? false }, resolve);
    outgoing.on('error', (error) => {
      if (outgoing.reusedSocket && mayCloseIdle) {
        seen.sentAgain += 1;
        open(target, undefined, body).then(resolve, reject);
      } else {
        reject(new Error(`${error.message} on a ${outgoing.reusedSocket ? 'used' : 'new'} connection`));
      }
    });
    outgoing.end(body);
  });
}
