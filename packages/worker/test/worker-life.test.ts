import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

import { ClientConnection, type ClientRequest } from '@httpd-express/fastcgi';
import { afterEach, describe, expect, test } from '@jest/globals';

import { WorkerExitCode, type WorkerReport } from '../src/messages.ts';
import { cgi, post, text } from './serve.ts';
import { waitFor } from './wait-for.ts';
import { WorkerProcess } from './worker-process.ts';

let worker: WorkerProcess;

afterEach(async () => {
  await worker.dispose();
});

const start = async (source: string) => {
  worker = await WorkerProcess.start({ 'app.mjs': source });
  return worker.ready();
};

/** An app whose requests wait until one for /go comes. */
const waiting = `const open = [];
  export default (req, res) => {
    if (req.url === '/count') res.end(String(open.length));
    else if (req.url === '/go') { res.end('gone'); for (const waiting of open) waiting.end('waited'); }
    else open.push(res);
  };`;

/** A kept-alive connection to the worker. */
const openLink = async (): Promise<{ readonly client: ClientConnection; readonly socket: Socket }> => {
  const socket = connect(worker.socketPath);
  await once(socket, 'connect');
  const client = new ClientConnection(socket);
  socket.on('data', (chunk) => {
    client.push(chunk);
  });
  socket.on('error', () => undefined);
  return { client, socket };
};

const get = (client: ClientConnection, uri = '/'): ClientRequest =>
  client.request({ params: cgi({ REQUEST_URI: uri }), stdin: Buffer.alloc(0), keepConnection: true });

const hasEnded = (request: ClientRequest, what: string) => waitFor(() => request.ended, { what });

test('a worker listens on a socket of its own account only, under its title', async () => {
  await start(`export default (req, res) => res.end(process.title)`);
  expect(statSync(worker.socketPath).mode & 0o777).toBe(0o600);
  expect(text(await worker.send())).toBe('(express:test)');
});

test('an answer leaves although its handler ends the process in the same turn', async () => {
  await start(`export default (req, res) => { res.end('last words'); process.exit(3); }`);
  expect(text(await worker.send())).toBe('last words');
});

test('a socket that a dead worker left is replaced', async () => {
  await start(`export default (req, res) => res.end('first')`);
  worker.child.kill('SIGKILL');
  await worker.exited;
  expect(existsSync(worker.socketPath)).toBe(true);
  const first = worker;
  worker = await WorkerProcess.start(
    { 'app.mjs': `export default (req, res) => res.end('second')` },
    { settings: { socketPath: first.socketPath } },
  );
  await worker.ready();
  const socket = connect(first.socketPath);
  await once(socket, 'connect');
  socket.destroy();
  await first.dispose();
});

test('heartbeats tell how the worker is doing', async () => {
  await start(
    `export default (req, res) => { const end = Date.now() + 400; while (Date.now() < end); res.end(); }`,
  );
  const beats = () =>
    worker.reports.filter(
      (report): report is WorkerReport & { type: 'heartbeat' } => report.type === 'heartbeat',
    );
  await waitFor(() => beats().length > 2, { what: 'heartbeats' });
  expect(beats().at(-1)?.rssBytes).toBeGreaterThan(10_000_000);
  await worker.send();
  await waitFor(() => beats().some(({ loopDelayMs }) => loopDelayMs > 50), {
    what: 'the delay of a busy worker',
  });
});

describe('a worker that is told to stop', () => {
  test('answers what is in flight, then exits', async () => {
    await start(waiting);
    const first = await openLink();
    const idle = await openLink();
    const second = await openLink();
    const request = get(first.client);
    const other = get(second.client);
    while (text(await worker.send({ REQUEST_URI: '/count' })) !== '2');
    worker.child.kill('SIGTERM');
    await waitFor(() => idle.socket.destroyed, { what: 'the idle link to end' });
    expect(worker.hasExited).toBe(false);
    await expect(openLink()).rejects.toMatchObject({ code: expect.stringMatching(/ECONNREFUSED|ENOENT/) });
    const release = get(second.client, '/go');
    await Promise.all([
      hasEnded(request, 'the first'),
      hasEnded(other, 'the second'),
      hasEnded(release, 'the release'),
    ]);
    expect(await worker.exited).toBe(WorkerExitCode.ok);
    expect(existsSync(worker.socketPath)).toBe(false);
  });

  test('runs the listeners of the app, which decides when to exit', async () => {
    await start(`process.on('SIGTERM', () => { console.error('saving'); setTimeout(() => { console.error('saved'); process.exit(3); }, 50); });
      export default (req, res) => res.end('x')`);
    worker.child.kill('SIGTERM');
    expect(await worker.exited).toBe(3);
    expect(worker.stderr).toBe('saving\nsaved\n');
  });

  test('exits when an app that listens closes its server and has nothing left to do', async () => {
    await start(`import http from 'node:http';
      const server = http.createServer((req, res) => res.end('x')).listen(80);
      server.on('close', () => console.error('close event'));
      process.on('SIGTERM', () => { server.close((error) => console.error('closed', error, server.listening)); });`);
    expect(text(await worker.send())).toBe('x');
    worker.child.kill('SIGTERM');
    expect(await worker.exited).toBe(WorkerExitCode.ok);
    expect(worker.stderr.trim().split('\n').sort()).toEqual(['close event', 'closed undefined false']);
  });

  test('exits at once when nothing is in flight', async () => {
    await start(`setInterval(() => {}, 1000); export default (req, res) => res.end('x')`);
    worker.child.kill('SIGTERM');
    expect(await worker.exited).toBe(WorkerExitCode.ok);
  });

  test('exits while the app is still loading', async () => {
    worker = await WorkerProcess.start({
      'app.mjs': `console.error('loading'); setInterval(() => {}, 1000); await new Promise(() => {})`,
    });
    await waitFor(() => worker.stderr.includes('loading'), { what: 'the app to load' });
    worker.child.kill('SIGTERM');
    expect(await worker.exited).toBe(WorkerExitCode.ok);
  });
});

test('a worker does not outlive the bridge', async () => {
  await start(`setInterval(() => {}, 1000); export default (req, res) => {}`);
  worker.child.disconnect();
  expect(await worker.exited).toBe(WorkerExitCode.ok);
});

test('signals that a terminal sends to everybody do not end a worker', async () => {
  await start(`export default (req, res) => res.end('x')`);
  worker.child.kill('SIGINT');
  worker.child.kill('SIGHUP');
  expect(text(await worker.send())).toBe('x');
});

describe('a large body', () => {
  const size = 256 * 1024 * 1024;
  // V8 lets 40 MiB (Node 20) to 75 MiB (Node 24) of read buffers pile up before it collects them, in plain Node, too.
  const limit = 128 * 1024 * 1024;
  const rssOf = async () => Number(text(await worker.send({ REQUEST_URI: '/rss' })));
  const app = `import { pipeline } from 'node:stream/promises'; import { Readable, Writable } from 'node:stream';
    import { createHash } from 'node:crypto';
    const piece = Buffer.alloc(64 * 1024, 'x');
    let peak = 0;
    setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()); }, 5).unref();
    export default async (req, res) => {
      if (req.url === '/rss') return res.end(String(Math.max(peak, process.memoryUsage.rss())));
      if (req.url === '/down') {
        res.setHeader('Content-Length', ${size});
        return pipeline(Readable.from(function* () { for (let n = 0; n < ${size} / piece.length; n++) yield piece; }()), res);
      }
      let bytes = 0;
      await pipeline(req, new Writable({ write(chunk, _, done) { bytes += chunk.length; done(); } }));
      res.end(String(bytes));
    };`;

  test('streams up in bounded memory', async () => {
    await start(app);
    const before = await rssOf();
    const pieces = function* () {
      for (let sent = 0; sent < size; sent += 64 * 1024) yield Buffer.alloc(64 * 1024);
    };
    const response = await worker.send(post(size), pieces() as never);
    expect(text(response)).toBe(String(size));
    expect((await rssOf()) - before).toBeLessThan(limit);
  }, 60_000);

  test('streams down in bounded memory, at the pace of its reader', async () => {
    await start(app);
    const before = await rssOf();
    const { client, socket } = await openLink();
    let received = 0;
    const request = client.request({
      params: cgi({ REQUEST_URI: '/down' }),
      stdin: Buffer.alloc(0),
      keepConnection: true,
      onStdout: (content) => (received += content.length),
    });
    await waitFor(() => received > 0, { what: 'the response to begin' });
    socket.pause();
    // Other requests are answered meanwhile.
    for (let round = 0; round < 20; round++) await rssOf();
    const paused = received;
    expect(paused).toBeLessThan(32 * 1024 * 1024);
    socket.resume();
    await waitFor(() => request.ended, { within: 50_000, what: 'the response to end' });
    expect(received).toBeGreaterThan(size);
    expect((await rssOf()) - before).toBeLessThan(limit);
  }, 60_000);
});

test('an app hears that its client left, while it streams', async () => {
  await start(`export default (req, res) => {
      if (req.url === '/log') return res.end(JSON.stringify(globalThis.log ?? []));
      globalThis.log = [];
      for (const name of ['finish', 'close']) res.on(name, () => log.push('res ' + name));
      for (const name of ['aborted', 'close', 'error']) req.on(name, (error) => log.push('req ' + name + (error ? ' ' + error.code : '')));
      const timer = setInterval(() => res.write('tick'), 1);
      res.on('close', () => clearInterval(timer));
    }`);
  const { client, socket } = await openLink();
  get(client);
  await once(socket, 'data');
  socket.destroy();
  let log: string[] = [];
  const poll = async () => (log = JSON.parse(text(await worker.send({ REQUEST_URI: '/log' }))) as string[]);
  for (let round = 0; round < 100 && log.length < 4; round++) await poll();
  expect(log.sort()).toEqual(['req aborted', 'req close', 'req error ECONNRESET', 'res close']);
});
