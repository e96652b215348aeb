/** Workers that crash, hang, are replaced and refuse to start, as httpd's side sees it. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, expect, test } from '@jest/globals';

import { type BridgeSettings } from '../src/messages.ts';
import { BridgeFixture } from './support/bridge-fixture.ts';
import { waitFor } from './support/wait-for.ts';

let fixture: BridgeFixture;

async function bridgeWith(changes: Partial<BridgeSettings> = {}): Promise<BridgeFixture> {
  fixture = new BridgeFixture(changes);
  return fixture.start();
}

afterEach(async () => {
  await fixture.stop();
});

test('a worker that crashes is replaced, and requests meanwhile wait for the new one', async () => {
  await bridgeWith();
  expect(await fixture.peer().get('/exit')).toMatch(/^Status: 502 /);
  expect(await fixture.peer().get('/hello')).toMatch(/^Status: 200 /);
});

test('a request without an answer within request-timeout is answered 504 and its worker told', async () => {
  await bridgeWith({ requestTimeoutMs: 100 });
  const began = performance.now();
  expect(await fixture.peer().get('/hang')).toMatch(/^Status: 504 /);
  expect(performance.now() - began).toBeGreaterThanOrEqual(99);
  await waitFor(() => fixture.ledger.some((line) => line.includes('abort hang')), {
    within: 2000,
    what: 'the abort',
  });
});

test('the time a client takes to send its body does not count against the app', async () => {
  await bridgeWith({ requestTimeoutMs: 300 });
  const peer = fixture.peer().begin('/echo', { CONTENT_LENGTH: '4' });
  const began = performance.now();
  for (const byte of 'body') {
    const until = performance.now() + 150;
    await waitFor(() => performance.now() >= until, { within: 1000, what: 'the next byte' });
    peer.stdin(byte);
  }
  peer.stdin();
  expect(await peer.response()).toContain('body');
  expect(performance.now() - began).toBeGreaterThan(300);
});

test('a body larger than the limit is answered 413 when it exceeds it', async () => {
  await bridgeWith({ maxBodyBytes: 10 });
  const peer = fixture.peer().begin('/echo').stdin('ten bytes.');
  await waitFor(() => fixture.ledger.some((line) => line.includes('start echo')), {
    within: 2000,
    what: 'the request to run',
  });
  expect(await peer.stdin('!').response()).toMatch(/^Status: 413 /);
  await waitFor(() => fixture.ledger.some((line) => line.includes('abort echo')), {
    within: 2000,
    what: 'the abort',
  });
  expect(await peer.begin('/echo').stdin('ten bytes.').stdin().response()).toContain('ten bytes.');
});

test('an answer that has begun may take longer than request-timeout', async () => {
  await bridgeWith({ requestTimeoutMs: 50 });
  const peer = fixture.peer().begin('/head-then-hang').stdin();
  await waitFor(() => peer.stdout.includes('first part'), { within: 2000, what: 'the head' });
  const until = performance.now() + 200;
  await waitFor(() => performance.now() > until, { within: 1000, what: 'the time to pass' });
  expect(peer.closed).toBe(false);
});

test('an END_REQUEST without a head is answered 502', async () => {
  await bridgeWith();
  expect(await fixture.peer().get('/end-without-head')).toMatch(/^Status: 502 /);
});

test('a worker that does not speak FastCGI is answered for with 502', async () => {
  await bridgeWith();
  const peer = fixture.peer();
  expect(await peer.get('/garbage')).toMatch(/^Status: 502 /);
  expect(await peer.get('/hello')).toMatch(/^Status: 200 /);
});

test('a worker whose event loop is stuck is killed after deadlock-timeout and its requests get 504', async () => {
  await bridgeWith({ deadlockTimeoutMs: 300 });
  const [stuck] = fixture.readyPids;
  expect(await fixture.peer().get('/block/10000')).toMatch(/^Status: 504 /);
  await waitFor(() => fixture.readyPids.length === 1 && fixture.readyPids[0] !== stuck, {
    within: 3000,
    what: 'a new worker',
  });
});

test('a worker is replaced after maximum-requests and no request fails over it', async () => {
  await bridgeWith({ maximumRequests: 3 });
  const peer = fixture.peer();
  const pids = new Set<string>();
  for (let count = 0; count < 30 || pids.size < 3; count += 1) {
    const answer = await peer.get('/hello');
    expect(answer).toMatch(/^Status: 200 /);
    pids.add(answer.split('pid ')[1] ?? '');
  }
});

test('a worker over memory-limit is replaced before it is stopped', async () => {
  const started = await bridgeWith({ memoryLimitBytes: 1000, deadlockTimeoutMs: 400, env: { RSS: '2000' } });
  const [first] = started.readyPids;
  await waitFor(() => fixture.readyPids.some((pid) => pid !== first), {
    within: 3000,
    what: 'the replacement',
  });
});

test('a roll whose new worker does not start leaves the old one serving and says why', async () => {
  const flag = path.join(process.env['TMPDIR'] ?? '/tmp', `bridge-fail-${process.pid}`);
  await bridgeWith({ env: { FAIL_WHEN_EXISTS: flag } });
  const [old] = fixture.readyPids;
  writeFileSync(flag, '');
  try {
    expect(await fixture.bridge.roll()).toMatchObject({ code: 'ERR_TEST' });
    expect(fixture.readyPids).toEqual([old]);
    expect(await fixture.peer().get('/hello')).toContain(`pid ${old}`);
  } finally {
    const { rmSync } = await import('node:fs');
    rmSync(flag);
  }
});

test('a roll lets requests in flight finish on the old worker', async () => {
  await bridgeWith();
  const peer = fixture.peer().begin('/answer-later/500').stdin();
  await waitFor(() => fixture.bridge.status.workers[0]?.inFlight === 1, {
    within: 2000,
    what: 'the request',
  });
  expect(await fixture.bridge.roll()).toBeUndefined();
  expect(await peer.response()).toContain('late');
});

test('a worker that never becomes ready fails the start at startup-timeout', async () => {
  fixture = new BridgeFixture({ startupTimeoutMs: 200, env: { NEVER_READY: '1' } });
  await fixture.bridge.listen();
  expect(await fixture.bridge.startWorkers()).toMatchObject({ code: 'ERR_BRIDGE_WORKER_START_TIMEOUT' });
});

test('a worker that ignores SIGTERM is killed at the shutdown deadline', async () => {
  await bridgeWith({ shutdownTimeoutMs: 100, env: { IGNORE_SIGTERM: '1' } });
  const [pid] = fixture.readyPids;
  await fixture.bridge.stop();
  expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
});

test('a program that ends before it is ready fails the start with its exit status', async () => {
  fixture = new BridgeFixture({ workingDirectory: '/nonexistent-directory' });
  await fixture.bridge.listen();
  expect(await fixture.bridge.startWorkers()).toMatchObject({ code: 'ERR_BRIDGE_WORKER_EXITED' });
});
