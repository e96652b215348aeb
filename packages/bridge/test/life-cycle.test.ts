/** Workers that crash, hang, are replaced and refuse to start, as httpd's side sees it. */
import { mkdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, expect, test } from '@jest/globals';

import { BridgeFixture, type SettingsChanges } from './support/bridge-fixture.ts';
import { waitFor } from './support/wait-for.ts';

let fixture: BridgeFixture;

async function bridgeWith(changes: SettingsChanges = {}): Promise<BridgeFixture> {
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

test('a request that waits for a worker whose app does not start again is answered 503', async () => {
  const flag = path.join(process.env['TMPDIR'] ?? '/tmp', `bridge-broken-${process.pid}`);
  await bridgeWith({ env: { FAIL_WHEN_EXISTS: flag } });
  writeFileSync(flag, '');
  try {
    expect(await fixture.peer().get('/exit')).toMatch(/^Status: 502 /);
    expect(await fixture.peer().get('/hello')).toMatch(/^Status: 503 [\s\S]*not running/);
  } finally {
    rmSync(flag);
  }
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
  await bridgeWith({ recycling: { maximumRequests: 3 } });
  const peer = fixture.peer();
  const pids = new Set<string>();
  for (let count = 0; count < 30 || pids.size < 3; count += 1) {
    const answer = await peer.get('/hello');
    expect(answer).toMatch(/^Status: 200 /);
    pids.add(answer.split('pid ')[1] ?? '');
  }
});

test('a worker over memory-limit is replaced before it is stopped', async () => {
  const started = await bridgeWith({
    recycling: { memoryLimitBytes: 1000 },
    deadlockTimeoutMs: 400,
    env: { RSS: '2000' },
  });
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

test('a directory where its socket goes is reported with its path', async () => {
  fixture = new BridgeFixture({});
  const { socketPath } = fixture.settings;
  mkdirSync(socketPath);
  await expect(fixture.bridge.listen()).rejects.toMatchObject({
    code: 'ERR_BRIDGE_CANNOT_LISTEN',
    message: expect.stringContaining(socketPath),
  });
  rmdirSync(socketPath);
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

test('a stuck worker is killed with its stack and its request in the log', async () => {
  const lines: string[] = [];
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = (text: string | Uint8Array) => lines.push(String(text)) > 0;
  try {
    await bridgeWith({ deadlockTimeoutMs: 300 });
    expect(await fixture.peer().get('/block/20000/?secret=1')).toMatch(/^Status: 504 /);
  } finally {
    process.stderr.write = write;
  }
  const report = lines.find((line) => line.includes('worker is stuck')) ?? '';
  expect(report).toMatch(/at Object.block \(.*scripted-worker\.mjs:\d+:\d+\)/);
  expect(report).toContain('GET /block/20000');
  expect(report).not.toContain('secret');
});

test('while one worker is blocked requests go to the other', async () => {
  await bridgeWith({ processes: 2, deadlockTimeoutMs: 400 });
  await waitFor(() => fixture.readyPids.length === 2, { within: 2000, what: 'both workers' });
  fixture.peer().begin('/block/600').stdin();
  const until = performance.now() + 300; // three heartbeats are owed by then
  await waitFor(() => performance.now() > until, { within: 1000, what: 'the heartbeats to be late' });
  const answers = await Promise.all(Array.from({ length: 20 }, async () => fixture.peer().get('/hello')));
  expect(new Set(answers.map((answer) => answer.split('pid ')[1])).size).toBe(1);
});

test('requests given to a worker that blocks before it took them are answered by another', async () => {
  await bridgeWith({ processes: 2 });
  await waitFor(() => fixture.readyPids.length === 2, { within: 2000, what: 'both workers' });
  fixture.peer().begin('/block/8000').stdin();
  await waitFor(() => fixture.ledger.some((line) => line.includes('start block')), {
    within: 2000,
    what: 'the block',
  });
  const began = performance.now();
  // Half of them go to the blocked worker at first, which owes no heartbeat yet.
  const peers = Array.from({ length: 6 }, () => fixture.peer().begin('/answer-later/100').stdin());
  for (const peer of peers) expect(await peer.response()).toMatch(/^Status: 200 /);
  expect(performance.now() - began).toBeLessThan(6000);
});

test('an idle stream leaves its place to others', async () => {
  await bridgeWith({ concurrency: 1 });
  const stream = fixture.peer().begin('/head-then-hang').stdin();
  await waitFor(() => stream.stdout.includes('first part'), { within: 2000, what: 'the head' });
  expect(await fixture.peer().get('/hello')).toMatch(/^Status: 200 /);
  expect(stream.closed).toBe(false);
});

const recyclings: [title: string, changes: SettingsChanges][] = [
  ['restart-interval', { recycling: { restartIntervalMs: 300 } }],
  ['interrupt-timeout', { recycling: { interruptTimeoutMs: 1000 }, env: { OVERDUE: '2000' } }],
  ['cpu-time-limit', { recycling: { cpuTimeLimitMs: 1000 }, env: { CPU: '2000' } }],
];
test.each(recyclings)(
  'a worker that reached %s is replaced, and counted under it',
  async (reason, changes) => {
    const started = await bridgeWith({ deadlockTimeoutMs: 400, ...changes });
    const [first] = started.readyPids;
    await waitFor(() => fixture.readyPids.some((pid) => pid !== first), {
      within: 3000,
      what: 'the replacement',
    });
    expect(fixture.bridge.status.restarts[reason]).toBeGreaterThanOrEqual(1);
  },
);

test('a worker is replaced when it was idle for inactivity-timeout, but not before its first request', async () => {
  const started = await bridgeWith({ deadlockTimeoutMs: 200, recycling: { inactivityTimeoutMs: 150 } });
  const [first] = started.readyPids;
  const until = performance.now() + 400;
  await waitFor(() => performance.now() > until, { within: 1000, what: 'the time to pass' });
  expect(fixture.readyPids).toEqual([first]);
  await fixture.peer().get('/hello');
  await waitFor(() => fixture.readyPids.some((pid) => pid !== first), {
    within: 3000,
    what: 'the replacement',
  });
});

test('a worker over memory-hard-limit is killed', async () => {
  await bridgeWith({ memoryHardLimitBytes: 1000, deadlockTimeoutMs: 400, env: { RSS: '2000' } });
  await waitFor(() => (fixture.bridge.status.restarts['memory-hard-limit'] ?? 0) > 0, {
    within: 3000,
    what: 'the kill',
  });
});

test('a reload counts a generation, and one that fails does not', async () => {
  const flag = path.join(process.env['TMPDIR'] ?? '/tmp', `bridge-generation-${process.pid}`);
  await bridgeWith({ env: { FAIL_WHEN_EXISTS: flag } });
  await fixture.bridge.roll();
  expect(fixture.bridge.status.generation).toBe(2);
  writeFileSync(flag, '');
  try {
    await fixture.bridge.roll();
    expect(fixture.bridge.status).toMatchObject({ generation: 2, lastFailure: { code: 'ERR_TEST' } });
  } finally {
    rmSync(flag);
  }
  await fixture.bridge.roll();
  expect(fixture.bridge.status.generation).toBe(3);
  expect(fixture.bridge.status).not.toHaveProperty('lastFailure');
});

test('reloads that are asked for at the same time take turns and count each', async () => {
  await bridgeWith();
  expect(await Promise.all([fixture.bridge.roll(), fixture.bridge.roll()])).toEqual([undefined, undefined]);
  expect(fixture.bridge.status.generation).toBe(3);
});

test('one worker can be replaced alone', async () => {
  await bridgeWith({ processes: 2 });
  await waitFor(() => fixture.readyPids.length === 2, { within: 2000, what: 'both workers' });
  const [first, second] = fixture.readyPids;
  expect(await fixture.bridge.roll({ worker: 1 })).toBeUndefined();
  expect(fixture.readyPids).toContain(second);
  expect(fixture.readyPids).not.toContain(first);
  expect(await fixture.bridge.roll({ worker: 99 })).toMatchObject({ code: 'ERR_BRIDGE_NO_SUCH_WORKER' });
});

test('a request that outlasts eviction-timeout is cut when its worker is evicted', async () => {
  await bridgeWith({ gracefulTimeoutMs: 60_000, evictionTimeoutMs: 100 });
  const peer = fixture.peer().begin('/head-then-hang').stdin();
  await waitFor(() => peer.stdout.includes('first part'), { within: 2000, what: 'the head' });
  expect(await fixture.bridge.roll({ evict: true })).toBeUndefined();
  await waitFor(() => peer.closed, { within: 2000, what: 'the connection to be closed' });
});

test('environment files are read again at a reload, and one that is of no use keeps the old workers', async () => {
  const file = path.join(process.env['TMPDIR'] ?? '/tmp', `bridge-${process.pid}.env`);
  writeFileSync(file, 'NEVER_READY=\n');
  try {
    await bridgeWith({ launch: { nodeOptions: [], imports: [], envDefaults: {}, envFiles: [file] } });
    expect(await fixture.bridge.roll()).toBeUndefined();
    const [pid] = fixture.readyPids;
    rmSync(file);
    expect(await fixture.bridge.roll()).toMatchObject({ code: 'ERR_BRIDGE_ENV_FILE' });
    // Larger than Linux takes one: spawn() throws.
    writeFileSync(file, `LONG=${'x'.repeat(200_000)}\n`);
    expect(await fixture.bridge.roll()).toMatchObject({
      code: 'ERR_BRIDGE_WORKER_EXITED',
      message: expect.stringContaining('E2BIG') as unknown,
    });
    expect(fixture.readyPids).toEqual([pid]);
    // A worker that ends is started with what the last reload that worked had read.
    expect(await fixture.peer().get('/exit')).toMatch(/^Status: 502 /);
    expect(await fixture.peer().get('/hello')).toMatch(/^Status: 200 /);
  } finally {
    rmSync(file, { force: true });
  }
});
