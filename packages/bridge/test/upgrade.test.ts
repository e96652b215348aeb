/** Connections that ask for an upgrade, as httpd's side sees them. */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, describe, expect, test } from '@jest/globals';

import { BridgeFixture, type SettingsChanges } from './support/bridge-fixture.ts';
import { UpgradePeer, upgradeHead } from './support/upgrade-peer.ts';
import { waitFor } from './support/wait-for.ts';

let fixture: BridgeFixture;
const peers: UpgradePeer[] = [];

async function bridgeWith(changes: SettingsChanges = {}): Promise<void> {
  fixture = await new BridgeFixture(changes).start();
  const { processes } = fixture.settings;
  await waitFor(() => fixture.readyPids.length === processes, { within: 5000, what: 'all workers' });
}

function peer(): UpgradePeer {
  const made = new UpgradePeer(fixture.settings.upgradeSocketPath);
  peers.push(made);
  return made;
}

async function open(target = '/'): Promise<UpgradePeer> {
  const made = peer().send(upgradeHead(target));
  await made.greeting();
  return made;
}

/** Open sockets by worker. */
function sockets(): number[] {
  return fixture.bridge.status.workers.map((worker) => worker.sockets);
}

afterEach(async () => {
  for (const made of peers.splice(0)) made.close();
  await fixture.stop();
});

describe('a connection that asks for an upgrade', () => {
  test('is handed to a worker with the head as the client sent it, in whatever pieces it came', async () => {
    await bridgeWith();
    const head = upgradeHead('/a%2Fb?c');
    const made = peer();
    for (const part of [head.slice(0, 20), head.slice(20, -3), head.slice(-3)]) {
      made.send(part);
      await new Promise(setImmediate);
    }
    const { pid, head: given, variables } = await made.greeting();
    expect(fixture.readyPids).toEqual([pid]);
    expect(given).toBe(
      'GET /a%2Fb?c HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    expect(variables).toEqual({
      REMOTE_ADDR: '192.0.2.7',
      REMOTE_PORT: '4711',
      SERVER_ADDR: '10.0.0.1',
      SERVER_PORT: '80',
    });
  });

  test('loses no byte on its way, however late the worker takes it', async () => {
    await bridgeWith();
    const blocking = fixture.peer().begin('/block/300').stdin();
    await waitFor(() => fixture.ledger.some((line) => line.includes('start block')), {
      within: 2000,
      what: 'it',
    });
    const made = peer().send(`${upgradeHead('/')}with the head`);
    const sentAt = performance.now();
    await waitFor(() => performance.now() - sentAt > 100, {
      within: 1000,
      what: 'the connection to be under way',
    });
    made.send(' and after it');
    expect(await made.until('after it')).toMatch(/with the head"[^\n]*\n and after it$/);
    blocking.close();
  });

  test('goes to the worker with the fewest, and takes no place of the requests', async () => {
    await bridgeWith({ processes: 2, concurrency: 1 });
    for (let index = 0; index < 4; index += 1) await open();
    expect(sockets()).toEqual([2, 2]);
    expect(await fixture.peer().get('/hello')).toMatch(/^Status: 200 /);
    for (const made of peers) made.close();
    await waitFor(() => sockets().every((count) => count === 0), { within: 2000, what: 'all to be closed' });
  });

  test.each([
    ['without the stamps of httpd', 'GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n'],
    ['with a head that is too long', `GET / HTTP/1.1\r\nX: ${'x'.repeat(2 ** 20)}`],
  ])('is refused %s', async (_, head) => {
    await bridgeWith();
    expect(await peer().send(head).until('</p>')).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/,
    );
  });

  test('that leaves before its head is complete is forgotten', async () => {
    await bridgeWith();
    peer().send('GET / HT').close();
    await open();
    expect(sockets()).toEqual([1]);
  });

  test('waits for a worker, but not for ever', async () => {
    const flag = path.join(process.env['TMPDIR'] ?? '/tmp', `bridge-upgrade-${process.pid}`);
    await bridgeWith({ env: { FAIL_WHEN_EXISTS: flag }, queueTimeoutMs: 300 });
    writeFileSync(flag, '');
    try {
      await fixture.peer().get('/exit');
      // Until the bridge has heard that it is gone, it gives it what comes.
      await waitFor(() => fixture.readyPids.length === 0, { within: 2000, what: 'the worker to be gone' });
      expect(await peer().send(upgradeHead('/')).until('</p>')).toMatch(/^HTTP\/1\.1 50[34] /);
    } finally {
      rmSync(flag);
    }
    await waitFor(() => fixture.readyPids.length === 1, { within: 5000, what: 'the new worker' });
    expect((await (await open()).greeting()).pid).toBeGreaterThan(0);
  });

  test('that has not reached a worker when it dies goes to the next', async () => {
    await bridgeWith();
    const [pid = 0] = fixture.readyPids;
    const blocking = fixture.peer().begin('/block/10000').stdin();
    await waitFor(() => fixture.ledger.some((line) => line.includes('start block')), {
      within: 2000,
      what: 'it',
    });
    const [sent, waiting] = [peer().send(upgradeHead('/')), peer().send(upgradeHead('/'))];
    await waitFor(() => sockets()[0] === 2, { within: 2000, what: 'both to be given to it' });
    process.kill(pid, 'SIGKILL');
    expect((await waiting.greeting()).pid).not.toBe(pid);
    await waitFor(() => sent.closed, { within: 2000, what: 'the other to be cut' });
    blocking.close();
  });

  test('is refused when the server stops, and those that are open are closed', async () => {
    await bridgeWith();
    const before = await open();
    fixture.bridge.closeSockets();
    expect(await peer().send(upgradeHead('/')).until('</p>')).toMatch(/^HTTP\/1\.1 503 [\s\S]*stopping/);
    await waitFor(() => before.closed, { within: 2000, what: 'the open one to be closed' });
    expect(fixture.ledger.at(-1)).toMatch(/close 1001 within 0$/);
  });
});

describe('a worker with open sockets', () => {
  test('is told to close them when it is replaced, and is not idle before', async () => {
    await bridgeWith({ gracefulTimeoutMs: 1000, env: { KEEP_SOCKETS: '1' } });
    const [pid] = fixture.readyPids;
    const made = await open();
    await fixture.bridge.roll();
    await waitFor(() => fixture.ledger.includes(`${pid} close 1012 within 800`), { within: 500, what: 'it' });
    expect(fixture.bridge.status.workers.map(({ state }) => state).sort()).toEqual(['draining', 'ready']);
    made.close();
    await waitFor(() => fixture.bridge.status.workers.length === 1, {
      within: 900,
      what: 'the old one to end',
    });
  });

  test('is not inactive', async () => {
    await bridgeWith({ recycling: { inactivityTimeoutMs: 200 } });
    const made = await open();
    const openedAt = performance.now();
    await waitFor(() => performance.now() - openedAt > 1500, { within: 3000, what: 'some heartbeats' });
    expect(fixture.bridge.status.restarts).toEqual({});
    made.close();
    await waitFor(() => fixture.bridge.status.restarts['inactivity-timeout'] === 1, {
      within: 4000,
      what: 'it to be replaced',
    });
  });
});

describe('a session of socket.io', () => {
  const session = (pid: number): string => `EIO=4&transport=polling&sid=of-${pid}`;

  test('stays with its worker, polling and upgraded, also while that is drained', async () => {
    await bridgeWith({ processes: 3, gracefulTimeoutMs: 10_000, env: { KEEP_SOCKETS: '1' } });
    const opening = { QUERY_STRING: 'EIO=4&transport=polling' };
    const pid = Number(/of-(\d+)/.exec(await fixture.peer().get('/handshake', opening))?.[1]);
    const ask = async (): Promise<string> => fixture.peer().get('/hello', { QUERY_STRING: session(pid) });
    for (let index = 0; index < 6; index += 1) expect(await ask()).toContain(`pid ${pid}`);
    expect((await (await open(`/socket.io/?${session(pid)}`)).greeting()).pid).toBe(pid);
    await fixture.bridge.roll();
    expect(fixture.readyPids).not.toContain(pid);
    expect(await ask()).toContain(`pid ${pid}`);
    for (const made of peers) made.close();
    await waitFor(() => fixture.bridge.status.workers.length === 3, {
      within: 3000,
      what: 'the old ones to end',
    });
    expect(await ask()).toMatch(/pid \d+/);
  });
});
