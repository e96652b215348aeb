/** Connections handed over, as the bridge does it: what the app's server makes of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, describe, expect, test } from '@jest/globals';

import type { WorkerReport, WorkerSettings } from '../src/messages.ts';
import { waitFor } from './wait-for.ts';
import { WorkerProcess } from './worker-process.ts';

let worker: WorkerProcess;
let directory: string;
const peers: Peer[] = [];

const start = async (source: string, settings: Partial<WorkerSettings> = {}) => {
  directory = mkdtempSync(path.join(tmpdir(), 'upgraded-'));
  worker = await WorkerProcess.start({ 'app.mjs': source }, { settings });
  return worker.ready();
};

afterEach(async () => {
  for (const { socket } of peers.splice(0)) socket.destroy();
  await worker.dispose();
  rmSync(directory, { recursive: true });
});

interface Peer {
  readonly socket: Socket;
  received: Buffer;
  closed: boolean;
}

const head = 'GET /chat?x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const variables = { REMOTE_ADDR: '192.0.2.7', REMOTE_PORT: '4711', SERVER_ADDR: '::1', SERVER_PORT: '443' };

/** A connection whose other end the worker has. */
async function handOver(extra: Record<string, string> = {}, rest = ''): Promise<Peer> {
  const file = path.join(directory, `${peers.length}`);
  const peer = await new Promise<Peer>((resolve) => {
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      worker.child.send(
        { type: 'upgrade', head: head + rest, variables: { ...variables, ...extra } },
        socket,
      );
      server.close();
    }).listen(file, () => {
      const made = { socket: connect(file), received: Buffer.alloc(0), closed: false };
      made.socket.on('data', (chunk) => (made.received = Buffer.concat([made.received, chunk])));
      made.socket.on('error', () => undefined);
      made.socket.on('close', () => (made.closed = true));
      resolve(made);
    });
  });
  peers.push(peer);
  return peer;
}

async function answerOf(peer: Peer, text: string | Buffer): Promise<string> {
  await waitFor(() => peer.received.includes(text) || peer.closed, { what: `"${text.toString()}"` });
  return peer.received.toString('latin1');
}

const counts = (): unknown => worker.reports.filter(({ type }: WorkerReport) => type === 'sockets').at(-1);

const switching = 'HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\n\\r\\n';
/** Answers every upgrade, and echoes what comes. */
const echoes = `import { createServer } from 'node:http';
  export default createServer((req, res) => res.end('plain')).on('upgrade', (req, socket, head) => {
    socket.write('${switching}');
    socket.write(head);
    socket.pipe(socket);
  });`;

describe('a connection that was handed over', () => {
  test('is emitted as upgrade by the app’s server, with all that was read', async () => {
    await start(`import { createServer } from 'node:http';
      export default createServer().on('upgrade', (req, socket, head) => {
        const { remoteAddress, remoteFamily, remotePort, localPort, encrypted = false } = req.socket;
        const own = { remoteAddress, remoteFamily, remotePort, localPort, encrypted, address: socket.address() };
        socket.end(JSON.stringify({ ...own, url: req.url, head: String(head), ip: req.socket.variables.get('REMOTE_ADDR') }));
      });`);
    expect(JSON.parse(await answerOf(await handOver({}, 'early'), '}}'))).toEqual({
      remoteAddress: '192.0.2.7',
      remoteFamily: 'IPv4',
      remotePort: 4711,
      localPort: 443,
      encrypted: false,
      address: { address: '::1', family: 'IPv6', port: 443 },
      url: '/chat?x',
      head: 'early',
      ip: '192.0.2.7',
    });
  });

  test('is encrypted for an https.Server, which does no TLS of its own', async () => {
    await start(`import { createServer } from 'node:https';
      export default createServer({}).on('upgrade', (req, socket) => socket.end('encrypted ' + socket.encrypted + '.'));`);
    expect(await answerOf(await handOver({ HTTPS: 'on' }), '.')).toBe('encrypted true.');
  });

  test('reaches a server that listens', async () => {
    await start(`import { createServer } from 'node:http';
      createServer().on('upgrade', (req, socket) => socket.end('listening.')).listen(8000);`);
    expect(await answerOf(await handOver(), '.')).toBe('listening.');
  });

  test('is an ordinary request for an app that listens to no upgrade', async () => {
    await start(`export default (req, res) => res.end(req.headers.upgrade + ' ' + req.url + '.');`);
    expect(await answerOf(await handOver(), '.')).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[\s\S]*websocket \/chat\?x\./,
    );
  });

  test('is counted until it is closed', async () => {
    await start(echoes);
    const [first, second] = [await handOver(), await handOver()];
    await answerOf(first, '101');
    await answerOf(second, '101');
    await waitFor(() => JSON.stringify(counts()) === '{"type":"sockets","taken":2,"open":2}', {
      what: 'two',
    });
    first.socket.destroy();
    await waitFor(() => JSON.stringify(counts()) === '{"type":"sockets","taken":2,"open":1}', {
      what: 'one',
    });
  });

  test('whose handshake is not answered in time is answered 504', async () => {
    await start(
      `import { createServer } from 'node:http';
       export default createServer().on('upgrade', () => {});`,
      { handshakeTimeoutMs: 100 },
    );
    expect(await answerOf(await handOver(), '504')).toMatch(/^HTTP\/1\.1 504 Gateway Timeout\r\n/);
  });

  test('has no time-out once it was answered', async () => {
    await start(echoes, { handshakeTimeoutMs: 100 });
    const peer = await handOver();
    await answerOf(peer, '101');
    const answeredAt = performance.now();
    await waitFor(() => performance.now() - answeredAt > 300, { what: 'longer than the time-out' });
    peer.socket.write('still');
    expect(await answerOf(peer, 'still')).toContain('still');
  });
});

describe('a worker that stops', () => {
  test('closes its WebSockets with 1012, and ends when their clients have', async () => {
    await start(echoes);
    const peer = await handOver();
    await answerOf(peer, '101');
    worker.child.kill('SIGTERM');
    await answerOf(peer, Buffer.from([0x88, 2, 0x03, 0xf4]));
    expect(worker.hasExited).toBe(false);
    peer.socket.end();
    await worker.exited;
    expect(worker.child.exitCode).toBe(0);
  });

  test('drops a client that does not answer', async () => {
    await start(echoes);
    const peer = await handOver();
    await answerOf(peer, '101');
    worker.child.send({ type: 'closeSockets', code: 1001, withinMs: 0 });
    await waitFor(() => peer.closed, { within: 10_000, what: 'it to be dropped' });
    expect(peer.received.subarray(-4)).toEqual(Buffer.from([0x88, 2, 0x03, 0xe9]));
  });
});
