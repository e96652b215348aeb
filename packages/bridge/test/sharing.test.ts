/** All requests of a worker share one connection: what one of them does is felt by no other. */
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

function bodyOf(response: string): string {
  return response.slice(response.indexOf('\r\n\r\n') + 4);
}

test('a client that does not read its response holds up no other, and gets all of it later', async () => {
  await bridgeWith();
  const slow = fixture.peer().begin('/flood/8000000').stdin().pause();
  for (let count = 0; count < 20; count += 1)
    expect(await fixture.peer().get('/hello')).toMatch(/^Status: 200 /);
  expect(bodyOf(await slow.resume().response())).toHaveLength(8_000_000);
});

test('a body that its handler does not read holds up no other, and stays with its client', async () => {
  await bridgeWith();
  const body = 'x'.repeat(60_000);
  const upload = fixture.peer().begin('/echo-after/1500', { CONTENT_LENGTH: '6000000' });
  for (let count = 0; count < 100; count += 1) upload.stdin(body);
  upload.stdin();
  await waitFor(() => fixture.ledger.some((line) => line.includes('start echo-after')), {
    within: 2000,
    what: 'the upload to begin',
  });
  for (let count = 0; count < 20; count += 1)
    expect(await fixture.peer().get('/hello')).toMatch(/^Status: 200 /);
  expect(upload.unsentBytes).toBeGreaterThan(4_000_000);
  expect(bodyOf(await upload.response())).toHaveLength(6_000_000);
});

test('a request that comes with as much of a body as a batch has room for is not kept waiting', async () => {
  await bridgeWith();
  const upload = fixture.peer().begin('/echo', { CONTENT_LENGTH: '1000000' }).stdin('x');
  await waitFor(() => fixture.ledger.some((line) => line.includes('start echo')), {
    within: 2000,
    what: 'the upload to begin',
  });
  const hello = fixture.peer();
  await hello.get('/hello'); // its connection is there: what follows is read in one turn
  upload.stdin('x'.repeat(65_535));
  expect(await hello.get('/hello')).toMatch(/^Status: 200 /);
});

test('a client that leaves ends its own request and no other', async () => {
  await bridgeWith();
  const leaving = fixture.peer().begin('/hang').stdin();
  const staying = fixture.peer().begin('/answer-later/500').stdin();
  await waitFor(() => fixture.ledger.some((line) => line.includes('start answer-later')), {
    within: 2000,
    what: 'both requests to begin',
  });
  leaving.close();
  await waitFor(() => fixture.ledger.some((line) => line.includes('abort hang')), {
    within: 2000,
    what: 'the worker to be told',
  });
  expect(await staying.response()).toContain('late');
});

test('an answer that is given up in the middle is truncated detectably, and no other', async () => {
  await bridgeWith();
  const staying = fixture.peer().begin('/answer-later/500').stdin();
  const cut = fixture.peer().begin('/head-then-abandon').stdin();
  await waitFor(() => cut.closed, { within: 2000, what: 'the connection to be closed' });
  expect(cut.stdout).toContain('first part');
  expect(await staying.response()).toContain('late');
});

test('what an app writes beside a file that is sent does not keep its worker waiting', async () => {
  const directory = path.join(import.meta.dirname, 'fixtures');
  await bridgeWith({ sendfileRoots: [directory] });
  expect(await fixture.peer().get('/send-file')).toContain('Names itself as the file to send');
  await waitFor(() => fixture.ledger.some((line) => line.includes('sent all')), {
    within: 3000,
    what: 'the worker to be rid of it',
  });
});

test('requests wait in the bridge for a worker that has not begun the ones before', async () => {
  await bridgeWith();
  const first = fixture.peer().begin('/cpu/400').stdin();
  await waitFor(() => fixture.ledger.some((line) => line.includes('start cpu')), {
    within: 2000,
    what: 'the event loop to be blocked',
  });
  const later = Array.from({ length: 5 }, () => fixture.peer().begin('/hang', { TOKEN: 'later' }).stdin());
  await waitFor(() => fixture.bridge.status.workers[0]?.inFlight === 6, { within: 300, what: 'all of them' });
  for (const peer of later) peer.close();
  expect(await first.response()).toContain('done');
  expect(await fixture.peer().get('/hello')).toMatch(/^Status: 200 /);
  expect(fixture.ledger.filter((line) => line.includes('later'))).toEqual([]);
});
