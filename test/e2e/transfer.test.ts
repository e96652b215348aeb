/** Bodies in both directions: large, slow, early, cut short. */
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { behavioursApp, eventsOf, rawRequest, waitForEvent } from '../support/behaviours.ts';
import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { parseResponse } from '../support/parse-response.ts';
import { PlainServer } from '../support/plain-server.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { waitFor } from '../support/wait-for.ts';

let server: ExpressServer;
let plain: PlainServer;

beforeAll(async () => {
  [server, plain] = await Promise.all([
    ExpressServer.start([behavioursApp, '--limit-request-body', '100MB']),
    PlainServer.start(behavioursApp),
  ]);
}, 60_000);

afterAll(async () => {
  await Promise.all([server.stop(), plain.stop()]);
});

describe('a connection', () => {
  test('is kept alive for the next request', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send('GET /end HTTP/1.1\r\nHost: x\r\n\r\n');
    await connection.waitFor(/hello$/);
    connection.send('GET /write HTTP/1.1\r\nHost: x\r\n\r\n');
    await connection.waitFor(/one two three\r\n0\r\n\r\n$/);
    connection.leave();
  });

  test('is kept alive for HTTP/1.0 where the client asks and the length is known', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send('HEAD /head-length HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    await connection.waitFor(/Content-Length: 123456\r\n[^]*\r\n\r\n$/);
    connection.send('GET /end HTTP/1.0\r\n\r\n');
    expect(await connection.waitForClose()).toMatch(/hello$/);
  });

  test('carries pipelined requests in order', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send(
      'GET /later HTTP/1.1\r\nHost: x\r\n\r\nPOST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc' +
        'GET /end HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    const first = parseResponse(await connection.waitForClose());
    const second = parseResponse(first.rest);
    expect([first.body, second.body, parseResponse(second.rest).body]).toEqual([
      'one two',
      expect.stringContaining('"bytes":3'),
      'hello',
    ]);
  });

  test('survives a body that the app did not read', async () => {
    const connection = await RawConnection.open(server.port);
    const body = 'x'.repeat(200_000);
    connection.send(`POST /never-read HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await connection.waitFor(/did not look$/);
    connection.send('GET /end HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await connection.waitForClose()).toMatch(/hello$/);
  });
});

describe('an upload', () => {
  test('of 20 MB arrives whole', async () => {
    const body = randomBytes(20 * 1024 * 1024);
    const [ours, oracle] = await Promise.all(
      [server.url, `http://127.0.0.1:${plain.port}`].map((url) =>
        request(`${url}/upload`, { method: 'POST', body }),
      ),
    );
    expect(JSON.parse(ours?.text ?? '')).toMatchObject({ bytes: body.length });
    expect(ours?.text).toBe(oracle?.text);
  }, 30_000);

  test('in chunks arrives whole, whatever its size', async () => {
    for (const bytes of [1, 16_384, 65_536, 3_000_000]) {
      const answer = await request(`${server.url}/upload`, {
        method: 'POST',
        headers: { 'Transfer-Encoding': 'chunked' },
        body: Buffer.alloc(bytes, 'x'),
      });
      expect(JSON.parse(answer.text)).toMatchObject({ bytes });
    }
  });

  test('that expects 100 Continue gets it, then the answer', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send(
      'POST /upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n',
    );
    await connection.waitFor(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    connection.send('abcde');
    const informational = parseResponse(await connection.waitForClose());
    expect(parseResponse(informational.rest)).toMatchObject({
      status: 200,
      body: '{"bytes":5,"md5":"ab56b4d92b40713acc5af89985d4b786"}',
    });
  });

  test.each(['/early', '/early-reading'])(
    'that the app answers early (%s) ends well for a client that goes on sending',
    async (target) => {
      const response = await request(`${server.url}${target}`, {
        method: 'POST',
        body: Buffer.alloc(8 * 1024 * 1024),
      });
      expect([response.status, response.text]).toEqual([413, 'enough']);
      expect((await request(`${server.url}/end`)).text).toBe('hello');
    },
    20_000,
  );

  test('that stops in the middle is an aborted request to the app, never a short body', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send(
      `POST /swallow?cut HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(50_000)}`,
    );
    await waitForEvent(server.url, 'cut', 'data');
    connection.leave();
    // The last of its events: it comes a tick later than the others.
    const events = await waitForEvent(server.url, 'cut', 'req error ECONNRESET');
    expect(events).toContain('req aborted');
    expect(events).toContain('res close unfinished');
    expect(events).not.toContain('req end');
  });

  test('in chunks that stops in the middle is an aborted request to the app', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send('POST /swallow?cut-chunk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    connection.send(`10000\r\n${'x'.repeat(0x10000)}\r\n`.repeat(2));
    await waitForEvent(server.url, 'cut-chunk', 'data');
    connection.leave();
    const events = await waitForEvent(server.url, 'cut-chunk', 'res close unfinished');
    expect(events).not.toContain('req end');
  });
});

describe('a stream', () => {
  test('of events opens at once, and delivers each event when it is written', async () => {
    const connection = await RawConnection.open(server.port);
    const startedAt = performance.now();
    connection.send('GET /sse?open HTTP/1.1\r\nHost: x\r\n\r\n');
    await connection.waitFor(/Content-Type: text\/event-stream/);
    expect(performance.now() - startedAt).toBeLessThan(250);
    await connection.waitFor(/data: \d+\n\n[^]*data: \d+\n\n/);
    const [written = 0] = [...connection.received.matchAll(/data: (\d+)/g)]
      .map(([, at]) => Number(at))
      .slice(-1);
    expect(Date.now() - written).toBeLessThan(200);
    connection.leave();
    await waitForEvent(server.url, 'open', 'res close unfinished');
  });

  test('delivers the first piece before the second is written', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send(rawRequest('/piece-by-piece?token'));
    await connection.waitFor(/first/);
    expect(connection.received).not.toContain('second');
    await request(`${server.url}/release?token`);
    expect(parseResponse(await connection.waitForClose()).body).toBe('firstsecond');
  });

  test('stops being written while the client does not read', async () => {
    const reader = await slowReader('/for-ever?slow');
    let written = -1;
    await waitFor(
      async () => {
        const before = written;
        written = await writtenFor('slow');
        return written > 0 && written === before;
      },
      { within: 10_000, what: 'the app to be asked to pause', pauseMs: 300 },
    );
    expect(written).toBeLessThan(24 * 1024 * 1024);
    reader.readOn();
    await waitFor(async () => (await writtenFor('slow')) > written + 1024 * 1024, {
      within: 10_000,
      what: 'the app to be asked to go on',
    });
    reader.leave();
    await waitForEvent(server.url, 'slow', 'res close unfinished');
  }, 30_000);

  test('whose client leaves ends for the app', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send('GET /sse?leaver HTTP/1.1\r\nHost: x\r\n\r\n');
    await connection.waitFor(/data:/);
    connection.leave();
    const events = await waitForEvent(server.url, 'leaver', 'res close unfinished');
    expect(events).toContain('req close');
    expect(events).not.toContain('res finish');
  });
});

/** Bytes the app has written for the request of that name. */
async function writtenFor(name: string): Promise<number> {
  const counts = (await eventsOf(server.url, name)).filter((event) => event.startsWith('written '));
  return Number(counts.at(-1)?.slice('written '.length) ?? 0);
}

/** A client that asks, and then does not read. */
async function slowReader(target: string): Promise<{ readOn: () => void; leave: () => void }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${server.url}${target}`, { agent: false }, (incoming) => {
      incoming.on('error', () => undefined);
      resolve({
        readOn: () => incoming.resume(),
        leave: () => outgoing.destroy(),
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
