/** The nine invariants of the bridge, one describe each. The first halves of 4 and 5 are the worker's, and tested there. */
import { readdirSync, rmSync } from 'node:fs';

import { afterEach, describe, expect, test } from '@jest/globals';

import { encodeBeginRequest, encodeNameValues, encodeRecord, RecordType, Role } from '@httpd-express/fastcgi';

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

describe('1: accept at once, always; queue in our own memory, bounded in length and in time', () => {
  test('a request waits while every worker is full and runs when one has room', async () => {
    const { bridge } = await bridgeWith({ concurrency: 1 });
    const first = fixture.peer().begin('/answer-later/100').stdin();
    await waitFor(() => bridge.status.workers[0]?.inFlight === 1, {
      within: 2000,
      what: 'the first request',
    });
    const second = fixture.peer().begin('/hello').stdin();
    await waitFor(() => bridge.status.queueLength === 1, {
      within: 2000,
      what: 'the second request to wait',
    });
    expect(await first.response()).toContain('late');
    expect(await second.response()).toContain('pid');
  });

  test('a request beyond the length of the queue is answered 503 with Retry-After at once', async () => {
    const { bridge } = await bridgeWith({ concurrency: 1, maxQueueLength: 1 });
    fixture.peer().begin('/hang').stdin();
    await waitFor(() => bridge.status.workers[0]?.inFlight === 1, {
      within: 2000,
      what: 'the worker to be full',
    });
    fixture.peer().begin('/hello').stdin();
    await waitFor(() => bridge.status.queueLength === 1, { within: 2000, what: 'the queue to be full' });
    const refused = await fixture.peer().get('/hello');
    expect(refused).toMatch(/^Status: 503 [\s\S]*Retry-After: 1\r\n/);
  });

  test('a request that waits longer than queue-timeout is answered 504', async () => {
    await bridgeWith({ concurrency: 1, queueTimeoutMs: 50 });
    fixture.peer().begin('/hang').stdin();
    expect(await fixture.peer().get('/hello')).toMatch(/^Status: 504 /);
    expect(fixture.bridge.status.queueLength).toBe(0);
    expect(fixture.ledger.filter((line) => line.includes('hello'))).toEqual([]);
  });

  test('a request is not overtaken by those that come later, however busy its worker', async () => {
    const clients = 30;
    await bridgeWith({ concurrency: clients });
    let waiting = clients;
    let later = 0;
    const client = async (): Promise<void> => {
      const peer = fixture.peer();
      await peer.get('/cpu/3');
      waiting -= 1;
      for (; waiting > 0; later += 1) await peer.get('/cpu/3');
    };
    await Promise.all(Array.from({ length: clients }, client));
    expect(later).toBeLessThan(clients * 3);
  });

  test('a request whose client does not send its body leaves its place to others', async () => {
    await bridgeWith({ concurrency: 1 });
    const slow = fixture.peer().begin('/echo', { CONTENT_LENGTH: '4' }).stdin('bo');
    expect(await fixture.peer().get('/hello')).toMatch(/^Status: 200 /);
    expect(await slow.stdin('dy').stdin().response()).toContain('body');
  });

  test('a request whose client does not read its response leaves its place to others', async () => {
    await bridgeWith({ concurrency: 1 });
    const bytes = 8_000_000;
    const slow = fixture.peer().begin(`/flood/${bytes}`).stdin().pause();
    expect(await fixture.peer().get('/hello')).toMatch(/^Status: 200 /);
    expect((await slow.resume().response()).split('\r\n\r\n')[1]).toHaveLength(bytes);
  });

  test('a body that arrives while the request waits reaches the worker whole', async () => {
    const { bridge } = await bridgeWith({ concurrency: 1 });
    fixture.peer().begin('/answer-later/100').stdin();
    await waitFor(() => bridge.status.workers[0]?.inFlight === 1, {
      within: 2000,
      what: 'the worker to be full',
    });
    const body = 'x'.repeat(60_000);
    const waiting = fixture.peer().begin('/echo').stdin(body).stdin(body).stdin(body).stdin();
    expect((await waiting.response()).split('\r\n\r\n')[1]).toBe(body.repeat(3));
  });
});

describe('2: nothing is written after END_REQUEST', () => {
  test('bytes a worker sends after its END_REQUEST reach no one', async () => {
    await bridgeWith();
    const peer = fixture.peer();
    expect(await peer.get('/stray-bytes')).toContain('mine');
    const next = await peer.get('/hello');
    expect(next).toContain('pid');
    expect(next).not.toContain('STALE');
    expect(peer.received).toEqual([]);
  });

  test('the answer of a request that passed its deadline is not written after the 504', async () => {
    await bridgeWith({ requestTimeoutMs: 50 });
    const peer = fixture.peer();
    expect(await peer.get('/answer-later/150')).toMatch(/^Status: 504 /);
    await waitFor(() => fixture.ledger.some((line) => line.includes('abort')), {
      within: 2000,
      what: 'the worker to be told',
    });
    expect(await peer.get('/hello')).toContain('pid');
    expect(peer.received).toEqual([]);
  });
});

describe('3: BEGIN_REQUEST may follow our END_REQUEST without the end of the old STDIN', () => {
  test.each(['1000', '1000000'])(
    'what is left of an unread body of %s bytes does not reach the next request',
    async (length) => {
      await bridgeWith();
      const peer = fixture.peer();
      peer.begin('/early', { CONTENT_LENGTH: length }).stdin('old body');
      expect(await peer.response()).toContain('early');
      peer.stdin('more of the old body').begin('/echo').stdin('new body').stdin();
      expect((await peer.response()).split('\r\n\r\n')[1]).toBe('new body');
    },
  );

  test('nor does a long one whose request never had a worker, and was not read', async () => {
    await bridgeWith({ concurrency: 1, queueTimeoutMs: 50 });
    const busy = fixture.peer().begin('/answer-later/300').stdin();
    const peer = fixture.peer().begin('/echo', { CONTENT_LENGTH: '1000000' });
    for (let count = 0; count < 10; count += 1) peer.stdin('x'.repeat(50_000));
    expect(await peer.response()).toMatch(/^Status: 504 /);
    expect(await busy.response()).toContain('late');
    peer.begin('/echo').stdin('new body').stdin();
    expect((await peer.response()).split('\r\n\r\n')[1]).toBe('new body');
    expect(fixture.ledger.filter((line) => line.includes('start echo'))).toHaveLength(1);
  });

  test('the same holds when it all arrives in one chunk with the next request', async () => {
    await bridgeWith();
    const peer = fixture.peer();
    expect(await peer.begin('/early', { CONTENT_LENGTH: '1000' }).response()).toContain('early');
    peer.send(
      encodeRecord(RecordType.Stdin, 1, Buffer.from('old body')),
      encodeBeginRequest({ requestId: 1, role: Role.Responder, keepConnection: true }),
      encodeRecord(RecordType.Params, 1, encodeNameValues([['REQUEST_URI', '/echo']])),
      encodeRecord(RecordType.Params, 1),
      encodeRecord(RecordType.Stdin, 1, Buffer.from('new body')),
      encodeRecord(RecordType.Stdin, 1),
    );
    expect((await peer.response()).split('\r\n\r\n')[1]).toBe('new body');
  });
});

describe('4: a body that is cut off is an aborted request', () => {
  test.each(['1000', '1000000'])(
    'the worker is told so of one of %s bytes, not that it is complete',
    async (length) => {
      await bridgeWith();
      const peer = fixture.peer().begin('/echo', { CONTENT_LENGTH: length }).stdin('short');
      await waitFor(() => fixture.ledger.some((line) => line.includes('start echo')), {
        within: 2000,
        what: 'the request',
      });
      peer.close();
      await waitFor(() => fixture.ledger.some((line) => line.includes('abort echo after 5')), {
        within: 2000,
        what: 'the abort',
      });
      await waitFor(() => fixture.bridge.status.workers[0]?.inFlight === 0, {
        within: 2000,
        what: 'the place to be free',
      });
    },
  );
});

describe("5: the bridge's own answers are plain CGI", () => {
  test('an own answer has Status, the length it delivers, and no hop-by-hop header', async () => {
    await bridgeWith({ requestTimeoutMs: 50 });
    const [head = '', body = ''] = (await fixture.peer().get('/hang')).split('\r\n\r\n');
    expect(head).toMatch(/^Status: 504 Gateway Timeout\r\n/);
    expect(head).toContain(`Content-Length: ${body.length}`);
    expect(head).not.toMatch(/^(connection|keep-alive|transfer-encoding):/im);
  });
});

describe('6: long silences are kept alive with an empty STDERR record', () => {
  test('a silent request sends empty STDERR records until it answers', async () => {
    await bridgeWith({ keepAliveIntervalMs: 100 });
    const peer = fixture.peer().begin('/answer-later/2500').stdin();
    await waitFor(() => peer.received.length >= 2, { within: 4000, what: 'two records in the silence' });
    expect(peer.received).toEqual(peer.received.map(() => ({ type: RecordType.Stderr, text: '' })));
    expect(await peer.response()).toContain('late');
  });
});

describe('7: a request that reached a worker is never sent to another', () => {
  test('a worker that dies over a request costs that request, and nobody else runs it', async () => {
    await bridgeWith({ processes: 2 });
    await waitFor(() => fixture.readyPids.length === 2, { within: 2000, what: 'both workers' });
    expect(await fixture.peer().get('/exit', { TOKEN: 'once' })).toMatch(/^Status: 502 /);
    await waitFor(() => fixture.readyPids.length === 2, { within: 4000, what: 'a new worker' });
    expect(fixture.ledger.filter((line) => line.endsWith('start exit once'))).toHaveLength(1);
  });

  test('a request whose worker cannot be connected goes to one that can', async () => {
    await bridgeWith({ processes: 2 });
    await waitFor(() => fixture.readyPids.length === 2, { within: 2000, what: 'both workers' });
    rmSync(`${fixture.directory}/worker-1.sock`);
    const answers = await Promise.all(Array.from({ length: 4 }, async () => fixture.peer().get('/hello')));
    for (const answer of answers) expect(answer).toMatch(/^Status: 200 /);
  });
});

describe('8: an idle connection is not closed by us', () => {
  test('an idle connection survives the replacement of every worker', async () => {
    const { bridge } = await bridgeWith();
    const peer = fixture.peer();
    const before = await peer.get('/hello');
    expect(await bridge.roll()).toBeUndefined();
    await waitFor(() => bridge.status.workers.length === 1, { within: 3000, what: 'the old worker to end' });
    expect(peer.closed).toBe(false);
    const after = await peer.get('/hello');
    expect(after).not.toBe(before);
  });
});

describe('9: a failure after the head closes the connection without END_REQUEST', () => {
  test('a worker that dies in the middle of its answer truncates it detectably', async () => {
    await bridgeWith();
    const peer = fixture.peer().begin('/head-then-exit').stdin();
    await waitFor(() => peer.closed, { within: 2000, what: 'the connection to be closed' });
    expect(peer.stdout).toContain('first part');
    expect(peer.received.some(({ type }) => type === RecordType.EndRequest)).toBe(false);
  });

  test('a worker that gives up in the middle of its answer truncates it detectably', async () => {
    await bridgeWith();
    const peer = fixture.peer().begin('/abandon').stdin();
    expect(await peer.response()).toMatch(/^Status: 502 /); // nothing was sent yet: a clean status is still possible
  });
});

test('a stopped bridge leaves no socket behind', async () => {
  await bridgeWith();
  await fixture.bridge.stop();
  expect(readdirSync(fixture.directory).filter((name) => name === 'fcgi.sock')).toEqual([]);
});
