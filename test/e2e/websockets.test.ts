/** WebSockets through httpd, bridge and workers, with the clients and servers that people use. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { runExpress } from '../support/express-command.ts';
import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { readStatus } from '../support/server-status.ts';
import { waitFor } from '../support/wait-for.ts';
import { TestSocket } from '../support/web-socket.ts';

const fixtures = path.join(import.meta.dirname, '../fixtures/apps');
const app = path.join(fixtures, 'websockets.mjs');

const upgrade = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

async function seenOf(server: ExpressServer): Promise<string[]> {
  return JSON.parse((await request(`${server.url}/seen`)).text) as string[];
}

async function openMany(count: number, url: string): Promise<TestSocket[]> {
  return Promise.all(Array.from({ length: count }, () => TestSocket.open(url)));
}

describe('a WebSocket', () => {
  let server: ExpressServer;

  beforeAll(async () => {
    server = await ExpressServer.start([app, '--socket-timeout', '2', '--graceful-timeout', '4']);
  });
  afterAll(async () => {
    await server.stop();
  });

  test('carries text and binary messages, empty ones, and such of 1 MiB, compressed or not', async () => {
    for (const perMessageDeflate of [true, false]) {
      const client = await TestSocket.open(`${server.url}/echo`, { perMessageDeflate });
      expect(client.socket.extensions).toBe(perMessageDeflate ? 'permessage-deflate' : '');
      const large = randomBytes(2 ** 20);
      expect(await client.ask('héllo')).toEqual({ data: Buffer.from('héllo'), isBinary: false });
      expect(await client.ask(Buffer.from([0, 255]))).toEqual({
        data: Buffer.from([0, 255]),
        isBinary: true,
      });
      expect((await client.ask('')).data).toHaveLength(0);
      expect((await client.ask(large)).data.equals(large)).toBe(true);
      client.socket.close();
      expect((await client.closed).code).toBe(1005);
    }
  });

  test('may send a thousand messages before it reads one', async () => {
    const client = await TestSocket.open(`${server.url}/echo`);
    for (let index = 0; index < 1000; index += 1) client.socket.send(`${index}`);
    await waitFor(() => client.messages.length === 1000, { within: 10_000, what: 'a thousand answers' });
    expect(client.messages.map(String)).toEqual(Array.from({ length: 1000 }, (_, index) => `${index}`));
    client.socket.terminate();
  });

  test('has its close codes both ways', async () => {
    const byApp = await TestSocket.open(`${server.url}/close`);
    byApp.socket.send('4001');
    expect(await byApp.closed).toMatchObject({ code: 4001, reason: 'as asked' });

    const byClient = await TestSocket.open(`${server.url}/echo?closing`);
    byClient.socket.close(4002, 'enough');
    expect(await byClient.closed).toMatchObject({ code: 4002, reason: 'enough' });
    await waitFor(async () => (await seenOf(server)).includes('/echo?closing closed 4002 enough'), {
      within: 5000,
      what: 'the app to see the close',
    });
  });

  test('whose client is gone without a word is closed for the app', async () => {
    const client = await TestSocket.open(`${server.url}/echo?leaving`);
    client.socket.terminate();
    await waitFor(async () => (await seenOf(server)).includes('/echo?leaving closed 1006 '), {
      within: 5000,
      what: 'the app to see it',
    });
  });

  test('agrees on a subprotocol', async () => {
    const client = await TestSocket.open(`${server.url}/echo`, { protocols: ['other', 'chat'] });
    expect(client.socket.protocol).toBe('chat');
    client.socket.terminate();
  });

  test('shows the app its request byte for byte, and no stamp of ours nor of a stranger', async () => {
    const headers = {
      'X-Express-Request': 'GET /forged HTTP/1.1',
      'x-express-connection': '6.6.6.6 1 6.6.6.6 443 on',
      'X-Express-Start': 't=1',
      'X-Forwarded-For': '6.6.6.6',
      'X-mixed-Case': 'kept',
    };
    const client = await TestSocket.open(`${server.url}/request/a%2Fb//c?x=%3F%25%0A&y="`, { headers });
    const seen = JSON.parse(await client.first()) as { rawHeaders: string[] };
    expect(seen).toMatchObject({
      url: '/request/a%2Fb//c?x=%3F%25%0A&y=%22',
      method: 'GET',
      httpVersion: '1.1',
      remoteAddress: '127.0.0.1',
      remotePort: expect.any(Number),
      localPort: server.port,
      encrypted: false,
    });
    expect(seen.rawHeaders.join(' ')).not.toMatch(/x-express-/i);
    const names = seen.rawHeaders.filter((_, index) => index % 2 === 0);
    expect(names).not.toContain('X-Forwarded-Host');
    expect(seen.rawHeaders).toEqual(
      expect.arrayContaining([
        'Host',
        `127.0.0.1:${server.port}`,
        'X-Forwarded-For',
        '6.6.6.6',
        'X-mixed-Case',
      ]),
    );
    client.socket.terminate();
  });

  test.each([
    ['of no key', { 'Sec-WebSocket-Key': '' }, 400],
    ['of an old version', { 'Sec-WebSocket-Version': '5' }, 400],
  ])('%s is refused by the app itself', async (_, headers, status) => {
    const response = await request(`${server.url}/echo`, { headers: { ...upgrade, ...headers } });
    expect(response.status).toBe(status);
    expect(response.text).toMatch(/Sec-WebSocket/);
    expect(response.headers).not.toHaveProperty('vary');
  });

  test('shares its URL with ordinary requests', async () => {
    const client = await TestSocket.open(`${server.url}/echo`);
    expect((await request(`${server.url}/echo`)).text).toBe('GET /echo');
    expect((await request(`${server.url}/echo`, { method: 'POST', body: 'x' })).text).toBe('POST /echo');
    // Not an upgrade without the Connection header that says so. RFC 9110 §7.8
    const half = await request(`${server.url}/echo`, {
      headers: { Upgrade: 'websocket', Connection: 'close' },
    });
    expect(half.text).toBe('GET /echo');
    client.socket.terminate();
  });

  test('that is silent outlives the socket timeout, two hundred times, while requests are served', async () => {
    const members = await openMany(200, `${server.url}/room`);
    const openedAt = performance.now();
    expect((await readStatus(server.serverRoot)).bridge.details?.workers[0]).toMatchObject({
      sockets: 200,
      inFlight: 0,
    });
    await waitFor(
      async () => (await request(server.url)).status === 200 && performance.now() - openedAt > 4500,
      {
        within: 10_000,
        what: 'more than twice the socket timeout, with answers',
      },
    );
    for (const member of members) expect(member.messages.map(String)).toEqual(['welcome']);
    members[0]?.socket.send('all here?');
    await waitFor(() => members.every(({ messages }) => messages.length === 2), {
      within: 5000,
      what: 'everybody to hear it',
    });
    for (const { socket } of members) socket.terminate();
    await waitFor(
      async () => (await readStatus(server.serverRoot)).bridge.details?.workers[0]?.sockets === 0,
      {
        within: 5000,
        what: 'the worker to be rid of them',
      },
    );
  });

  test('is closed with 1012 when its worker is replaced, spread over the drain time, and comes back to the new one', async () => {
    const oldPid = await (await TestSocket.open(`${server.url}/pid`)).first();
    const clients = [
      ...(await openMany(20, `${server.url}/echo`)),
      // In the middle of a message that never ends.
      ...(await openMany(2, `${server.url}/stream`)),
    ];
    const startedAt = performance.now();
    await runExpress(['reload', '--server-root', server.serverRoot]);
    const ends = await Promise.all(
      clients.map(async ({ closed }) => {
        const end = await closed;
        const again = await TestSocket.open(`${server.url}/pid`);
        const pid = await again.first();
        again.socket.terminate();
        return { ...end, pid };
      }),
    );
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1012]));
    expect(ends.map(({ pid }) => pid)).not.toContain(oldPid);
    const times = ends.map(({ at }) => at - startedAt).sort((a, b) => a - b);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(2000);
    expect(times.at(-1)).toBeLessThan(10_000);
    await waitFor(async () => (await readStatus(server.serverRoot)).bridge.details?.workers.length === 1, {
      within: 5000,
      what: 'the old worker to end before its deadline',
    });
  });
});
