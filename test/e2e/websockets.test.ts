/** WebSockets through httpd, bridge and workers, with the clients and servers that people use. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { io as connect } from 'socket.io-client';
import { WebSocket } from 'ws';

import { Authority } from '../support/authority.ts';
import { runExpress } from '../support/express-command.ts';
import { ExpressServer } from '../support/express-server.ts';
import { findFreePort } from '../support/free-port.ts';
import { request } from '../support/http-request.ts';
import { exchange } from '../support/raw-connection.ts';
import { readStatus, type ServerStatus } from '../support/server-status.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
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

async function countSockets({ serverRoot }: ExpressServer): Promise<number> {
  const { workers = [] } = (await readStatus(serverRoot)).bridge.details ?? {};
  return workers.reduce((sum, { sockets }) => sum + sockets, 0);
}

async function countReady({ serverRoot }: ExpressServer): Promise<number> {
  const { workers = [] } = (await readStatus(serverRoot)).bridge.details ?? {};
  return workers.filter(({ state }) => state === 'ready').length;
}

/** Whether those that serve are all of a generation after `before`. */
function hasReplaced({ bridge: { details } }: ServerStatus, before: number): boolean {
  const ready = details?.workers.filter(({ state }) => state === 'ready') ?? [];
  return ready.length > 0 && ready.every(({ generation }) => generation > before);
}

async function openMany(count: number, url: string): Promise<TestSocket[]> {
  return Promise.all(Array.from({ length: count }, () => TestSocket.open(url)));
}

describe('a WebSocket', () => {
  let server: ExpressServer;

  let authority: Authority;
  let httpsPort: number;
  const directory = createTemporaryDirectory();

  beforeAll(async () => {
    authority = new Authority(directory.path);
    const certificate = authority.sign('localhost', { names: ['DNS:localhost'] });
    httpsPort = await findFreePort();
    const tls = ['--https-port', String(httpsPort), '--ssl-certificate', certificate.prefix];
    server = await ExpressServer.start([app, '--socket-timeout', '1', '--graceful-timeout', '3', ...tls]);
  });
  afterAll(async () => {
    await server.stop();
    directory.remove();
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

  test('comes over TLS, and the app knows', async () => {
    const client = await TestSocket.open(`https://localhost:${httpsPort}/request`, {
      ca: authority.certificate,
    });
    expect(JSON.parse(await client.first())).toMatchObject({ encrypted: true, localPort: httpsPort });
    client.socket.close();
    expect((await client.closed).code).toBe(1005);
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

  test('is not what a request of HTTP/1.0 asks for, whatever its headers say', async () => {
    const headers = Object.entries({ Host: 'x', ...upgrade }).map(([name, value]) => `${name}: ${value}\r\n`);
    const answer = await exchange(server.port, `GET /seen HTTP/1.0\r\n${headers.join('')}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\]$/);
  });

  test('that is silent outlives the socket timeout, two hundred times, while requests are served', async () => {
    const members = await openMany(200, `${server.url}/room`);
    const openedAt = performance.now();
    expect((await readStatus(server.serverRoot)).bridge.details?.workers[0]).toMatchObject({
      sockets: 200,
      inFlight: 0,
    });
    await waitFor(
      async () => (await request(server.url)).status === 200 && performance.now() - openedAt > 2500,
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
    await waitFor(async () => (await countSockets(server)) === 0, {
      within: 5000,
      what: 'the worker to be rid of them',
    });
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
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1500);
    expect(times.at(-1)).toBeLessThan(10_000);
    await waitFor(async () => (await readStatus(server.serverRoot)).bridge.details?.workers.length === 1, {
      within: 5000,
      what: 'the old worker to end before its deadline',
    });
  });
});

describe('an app that asks to keep its sockets, below a mount point', () => {
  let server: ExpressServer;

  beforeAll(async () => {
    const args = [app, '--mount-point', '/live', '--graceful-timeout', '2', '--processes', '2'];
    server = await ExpressServer.start(args, { env: { KEEP_SOCKETS: '1' } });
    await waitFor(async () => (await countReady(server)) === 2, { within: 10_000, what: 'both workers' });
  });

  test('does not see the mount point', async () => {
    const client = await TestSocket.open(`${server.url}/live/request/%2F?x`);
    expect(JSON.parse(await client.first())).toMatchObject({ url: '/request/%2F?x' });
    client.socket.terminate();
    const elsewhere = await request(`${server.url}/request`, { headers: upgrade });
    expect(elsewhere.status).toBe(404);
  });

  test('loses only the sockets of a worker that crashes', async () => {
    // The bridge counts a socket until its worker says that it is closed.
    await waitFor(async () => (await countSockets(server)) === 0, {
      within: 5000,
      what: 'the sockets of other tests to end',
    });
    const clients = await openMany(4, `${server.url}/live/echo`);
    const pids = await Promise.all(
      (await openMany(2, `${server.url}/live/pid`)).map(async (one) => one.first()),
    );
    expect(new Set(pids).size).toBe(2); // the one with the fewest sockets gets the next
    const crashing = await TestSocket.open(`${server.url}/live/crash`);
    crashing.socket.send('now');
    expect((await crashing.closed).code).toBe(1006);
    await waitFor(() => clients.filter(({ socket }) => socket.readyState === 3).length === 2, {
      within: 5000,
      what: 'its other sockets to end',
    });
    const open = clients.filter(({ socket }) => socket.readyState === 1);
    for (const client of open) expect(String((await client.ask('still')).data)).toBe('still');
    for (const { socket } of open) socket.terminate();
  });

  test('has them until the drain deadline', async () => {
    const client = await TestSocket.open(`${server.url}/live/echo`);
    const { generation: before = 0 } = (await readStatus(server.serverRoot)).bridge.details ?? {};
    const startedAt = performance.now();
    const reload = runExpress(['reload', '--server-root', server.serverRoot]);
    // The command ends a while after its work is done, and the deadline runs.
    await waitFor(async () => hasReplaced(await readStatus(server.serverRoot), before), {
      within: 20_000,
      what: 'the workers to be replaced',
    });
    expect(String((await client.ask('after the reload')).data)).toBe('after the reload');
    expect((await reload).status).toBe(0);
    const { code, at } = await client.closed;
    expect(code).toBe(1012);
    expect(at - startedAt).toBeGreaterThan(1900);
  });

  test('has them closed with 1001 when the server stops, which does not wait', async () => {
    const clients = await openMany(3, `${server.url}/live/echo`);
    const startedAt = performance.now();
    const [ends] = await Promise.all([Promise.all(clients.map(async ({ closed }) => closed)), server.stop()]);
    expect(ends.map(({ code }) => code)).toEqual([1001, 1001, 1001]);
    expect(performance.now() - startedAt).toBeLessThan(2000 + 5000);
  });
});

describe('with four workers', () => {
  let server: ExpressServer;

  beforeAll(async () => {
    server = await ExpressServer.start([path.join(fixtures, 'realtime.mjs'), '--processes', '4']);
    await waitFor(
      async () => {
        const { workers = [] } = (await readStatus(server.serverRoot)).bridge.details ?? {};
        return workers.filter(({ state }) => state === 'ready').length === 4;
      },
      { within: 15_000, what: 'four workers' },
    );
  });
  afterAll(async () => {
    await server.stop();
  });

  test('socket.io polls, upgrades and stays with the worker of its session', async () => {
    const clients = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const socket = connect(server.url, { forceNew: true, reconnection: false });
        const upgraded = new Promise((resolve) => socket.io.engine.once('upgrade', resolve));
        const before = Number(await socket.emitWithAck('pid'));
        await upgraded;
        expect(socket.io.engine.transport.name).toBe('websocket');
        return { socket, before, after: Number(await socket.emitWithAck('pid')) };
      }),
    );
    for (const { before, after } of clients) expect(after).toBe(before);
    expect(new Set(clients.map(({ before }) => before)).size).toBeGreaterThan(1);
    // A room is one worker's, without an adapter.
    const [first] = clients;
    const heard = clients
      .filter(({ before }) => before === first?.before)
      .map(({ socket }) => new Promise((resolve) => socket.once('heard', resolve)));
    first?.socket.emit('say', 'hello');
    for (const text of await Promise.all(heard)) expect(text).toBe('hello');
    for (const { socket } of clients) socket.disconnect();
  });

  test('socket.io that only polls stays with its worker', async () => {
    const socket = connect(server.url, { transports: ['polling'], forceNew: true, reconnection: false });
    const pids = new Set<unknown>();
    for (let index = 0; index < 10; index += 1) pids.add(await socket.emitWithAck('pid'));
    expect(pids.size).toBe(1);
    const large = randomBytes(100_000).toString('hex');
    expect(await socket.emitWithAck('echo', large)).toBe(large);
    socket.disconnect();
  });

  test('an unknown session of socket.io is answered by some worker', async () => {
    const response = await request(`${server.url}/socket.io/?EIO=4&transport=polling&sid=nobody`);
    expect(response).toMatchObject({ status: 400, text: '{"code":1,"message":"Session ID unknown"}' });
  });

  test('graphql-ws subscribes', async () => {
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
    });
    const counts: unknown[] = [];
    for await (const { data } of client.iterate({ query: 'subscription { count(to: 5) }' }))
      counts.push(data?.['count']);
    expect(counts).toEqual([1, 2, 3, 4, 5]);
    await client.dispose();
  });
});
