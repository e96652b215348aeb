/** What a hello costs in things that can be counted, whatever else the machine does: system calls and bytes of heap. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Agent, get } from 'node:http';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { readStatus } from '../support/server-status.ts';
import { waitFor } from '../support/wait-for.ts';

const app = path.join(import.meta.dirname, '../fixtures/apps/hello-heap.mjs');
const strace = '/usr/bin/strace';
const isRequired = process.env['REQUIRE_STRACE'] === '1';
const REQUESTS = 300;
const PASSES = 5;
/** Room for what several thousand requests allocate, so that hundreds fit between two garbage collections. */
const youngHeap = ['--node-option', '--min-semi-space-size=64', '--node-option', '--max-semi-space-size=64'];

let server: ExpressServer;
let agent: Agent;
let bridge: number;
let worker: number;

beforeAll(async () => {
  server = await ExpressServer.start([app]);
  agent = new Agent({ keepAlive: true });
  await hello(REQUESTS * 10); // everything is compiled, every connection is open
  const { pid, details } = (await readStatus(server.serverRoot)).bridge;
  const first = details?.workers[0]?.pid;
  if (pid === undefined || first === undefined) throw new Error('a bridge and a worker were expected');
  [bridge, worker] = [pid, first];
}, 60_000);

afterAll(async () => {
  agent.destroy();
  await server.stop();
});

test('strace is there where it was promised', () => {
  expect(existsSync(strace) || !isRequired).toBe(true);
});

const withStrace = existsSync(strace) ? test : test.skip;

/** Waiting follows from how many reads what was sent falls into, which is the scheduler's choice. */
const waiting = ['epoll_pwait', 'epoll_wait', 'futex'];

withStrace('the bridge writes twice for each, and does little but read and wait', async () => {
  const calls = await countSystemCalls(bridge);
  // httpd begins a request in four writes, which may arrive as one.
  expect(perRequest(calls, 'read')).toBeGreaterThan(1.9);
  expect(perRequest(calls, 'read')).toBeLessThan(5.2);
  expect(perRequest(calls, 'write', 'writev')).toBeLessThan(2.1);
  expect(perRequest(calls) - perRequest(calls, 'read', 'write', 'writev', ...waiting)).toBeLessThan(0.3);
});

withStrace('the worker reads once and writes once for each', async () => {
  const calls = await countSystemCalls(worker);
  expect(perRequest(calls, 'read')).toBeGreaterThan(0.9);
  expect(perRequest(calls, 'read')).toBeLessThan(1.3);
  expect(perRequest(calls, 'write', 'writev')).toBeLessThan(1.1);
  expect(perRequest(calls) - perRequest(calls, 'read', 'write', 'writev', ...waiting)).toBeLessThan(0.3);
});

withStrace('requests that come together share the reads and writes of the worker', async () => {
  const calls = await countAtBest(worker, 60);
  expect(perRequest(calls, 'read', 'write', 'writev')).toBeLessThan(1.2);
});

withStrace('and cost the bridge one read and one write each, and little more', async () => {
  const calls = await countAtBest(bridge, 60);
  expect(perRequest(calls, 'write', 'writev')).toBeLessThan(1.6);
  expect(perRequest(calls, 'read', 'write', 'writev')).toBeLessThan(3.8);
});

test('the worker allocates less than 16 KiB for each', async () => {
  const roomy = await ExpressServer.start([...youngHeap, app]);
  const heap = async () =>
    JSON.parse(await ask(`${roomy.url}/heap`)) as { used: number; collections: number };
  try {
    await hello(REQUESTS * 20, roomy.url);
    await waitFor(
      async () => {
        const before = await heap();
        await hello(REQUESTS, roomy.url);
        const after = await heap();
        const used = (after.used - before.used) / REQUESTS;
        // One between the two readings of `before` shows in what is used alone.
        if (after.collections > before.collections || used < 1024) return false;
        expect(used).toBeLessThan(16 * 1024);
        return true;
      },
      { within: 10_000, what: 'a run without a garbage collection' },
    );
  } finally {
    await roomy.stop();
  }
}, 60_000);

/**
 * Of requests that come together. Whatever else the machine does can only tear them apart: the pass with the fewest calls
 * is what the program does.
 */
async function countAtBest(pid: number, connections: number): Promise<Map<string, number>> {
  let best = await countSystemCalls(pid, connections);
  for (let pass = 1; pass < PASSES; pass += 1) {
    const calls = await countSystemCalls(pid, connections);
    if (perRequest(calls) < perRequest(best)) best = calls;
  }
  return best;
}

/** System calls of a process while it serves `REQUESTS` hellos, by name. */
async function countSystemCalls(pid: number, connections = 1): Promise<Map<string, number>> {
  const tracer = spawn(strace, ['-c', '-U', 'calls,name', '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  tracer.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise((resolve) => tracer.on('close', resolve));
  await waitFor(() => output.includes('attached'), { within: 5000, what: `strace to attach: ${output}` });
  await Promise.all(Array.from({ length: connections }, async () => hello(REQUESTS / connections)));
  tracer.kill('SIGINT');
  await ended;
  const rows = output.matchAll(/^\s*(\d+)\s+(\w+)$/gm);
  return new Map(Array.from(rows, ([, calls, name = '']) => [name, Number(calls)]));
}

function perRequest(calls: ReadonlyMap<string, number>, ...names: readonly string[]): number {
  const counted = [...calls].filter(
    ([name]) => name !== 'total' && (names.length === 0 || names.includes(name)),
  );
  return counted.reduce((sum, [, count]) => sum + count, 0) / REQUESTS;
}

async function hello(count: number, url = server.url): Promise<void> {
  for (let done = 0; done < count; done += 1) await ask(`${url}/`);
}

async function ask(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => {
        resolve(body);
      });
      response.on('error', reject);
    }).on('error', reject);
  });
}
