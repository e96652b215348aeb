import { createServer, IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';

import { ConnectionClosedError } from '@httpd-express/fastcgi';
import { describe, expect, test } from '@jest/globals';

import { collect } from './plain-node.ts';
import { post, serve, text } from './serve.ts';
import { recordEvents, waitFor } from './wait-for.ts';

const echo: RequestListener = (req, res) => void req.pipe(res);

/** Serves a handler and hands out the request it saw. */
const observe = (handler: RequestListener) => {
  const seen: { req: IncomingMessage | undefined; events: string[] } = { req: undefined, events: [] };
  const served = serve((req, res) => {
    seen.req = req;
    seen.events = recordEvents({ req, res }, ['end', 'aborted', 'error', 'close', 'finish']);
    handler(req, res);
  });
  return { served, seen };
};

describe('the request', () => {
  test('knows its client and its own end of the connection', async () => {
    const served = serve(({ socket }, res) => {
      const { remoteAddress, remotePort, remoteFamily, localAddress, localPort, encrypted } = socket as never;
      const ends = { remoteAddress, remotePort, remoteFamily, localAddress, localPort, encrypted };
      res.end(JSON.stringify({ ...ends, address: socket.address() }));
    });
    expect(JSON.parse(text(await served.send({ HTTPS: 'on' })))).toEqual({
      remoteAddress: '192.0.2.7',
      remotePort: 40000,
      remoteFamily: 'IPv4',
      localAddress: '192.0.2.1',
      localPort: 8000,
      encrypted: true,
      address: { address: '192.0.2.1', family: 'IPv4', port: 8000 },
    });
  });

  test('has the headers Node makes of the raw ones', async () => {
    const served = serve(({ headers, headersDistinct, rawHeaders }, res) =>
      res.end(JSON.stringify({ headers, headersDistinct, rawHeaders })),
    );
    expect(JSON.parse(text(await served.send({ HTTP_X_A: 'b' })))).toEqual({
      headers: { host: 'app.example', 'x-a': 'b' },
      headersDistinct: { host: ['app.example'], 'x-a': ['b'] },
      rawHeaders: ['Host', 'app.example', 'X-A', 'b'],
    });
  });

  test('below a mount point carries what Express composes with', async () => {
    const served = serve((req, res) => {
      const { originalUrl, baseUrl } = req as unknown as Record<string, string>;
      res.end(JSON.stringify({ url: req.url, originalUrl, baseUrl }));
    }, '/app');
    expect(JSON.parse(text(await served.send({ REQUEST_URI: '/app/x?y' })))).toEqual({
      url: '/x?y',
      originalUrl: '/app/x?y',
      baseUrl: '/app',
    });
  });

  test('without a body ends when it is read', async () => {
    const served = serve(
      (req, res) => void collect(req).then((body) => res.end(`${body.length} ${String(req.complete)}`)),
    );
    expect(text(await served.send())).toBe('0 true');
    expect(text(await served.send(post(0)))).toBe('0 true');
  });
});

test('requests and responses are of the classes that the app gives its server', async () => {
  class Request extends IncomingMessage {}
  class Response<R extends IncomingMessage> extends ServerResponse<R> {}
  const server = createServer({ IncomingMessage: Request, ServerResponse: Response }, (req, res) =>
    res.end(JSON.stringify([req instanceof Request, res instanceof Response])),
  );
  expect(text(await serve(server).send())).toBe('[true,true]');
});

test('a server that rejects bodies where there is none rejects them', async () => {
  let failure: unknown;
  const server = createServer({ rejectNonStandardBodyWrites: true }, (_, res) => {
    try {
      res.writeHead(204).write('x');
    } catch (error) {
      failure = error;
    }
    res.end();
  });
  await serve(server).send();
  expect(failure).toMatchObject({ code: 'ERR_HTTP_BODY_NOT_ALLOWED' });
});

describe('a body', () => {
  test('comes in the pieces it is sent in', async () => {
    const pieces: string[] = [];
    const served = serve((req, res) => {
      req.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece));
      req.on('end', () => res.end());
    });
    await served.send(
      post(6),
      (function* () {
        yield* [Buffer.from('abc'), Buffer.from('def')];
      })() as never,
    );
    expect(pieces.join('')).toBe('abcdef');
  });

  test('of unknown length ends with STDIN', async () => {
    const params = { REQUEST_METHOD: 'POST', HTTP_TRANSFER_ENCODING: 'chunked' };
    const response = await serve(echo).send(params, Buffer.alloc(200_000, 'x'));
    expect(response.body).toHaveLength(200_000);
  });

  test('without length and coding, as HTTP/2 allows, ends with STDIN', async () => {
    const response = await serve(echo).send(
      { REQUEST_METHOD: 'POST', SERVER_PROTOCOL: 'HTTP/2.0' },
      Buffer.from('abc'),
    );
    expect(text(response)).toBe('abc');
  });

  test('is complete at its last byte, before STDIN ends', async () => {
    const served = serve((req, res) => void collect(req).then((body) => res.end(body)));
    const { request } = served.begin(post(3));
    request.writeStdin(Buffer.from('abc'));
    await waitFor(() => request.ended, { what: 'the response' });
  });

  test('that the app does not read stops the link, until it reads', async () => {
    const { served, seen } = observe(() => undefined);
    const { request, worker } = served.begin(post(1_000_000));
    let isSent = false;
    request.writeStdin(Buffer.alloc(1_000_000), () => (isSent = true));
    await waitFor(() => worker.isPaused(), { what: 'the link to pause' });
    expect(seen.req?.readableLength).toBeLessThan(300_000);
    expect(isSent).toBe(false);
    seen.req?.resume();
    await waitFor(() => isSent && seen.req?.readableEnded === true, { what: 'the body to be read' });
  });

  test('that a slow consumer takes never piles up', async () => {
    let most = 0;
    const served = serve((req, res) => {
      const slow = new Writable({
        highWaterMark: 1024,
        write: (_, __, done) => {
          most = Math.max(most, req.readableLength);
          setImmediate(done);
        },
      });
      void pipeline(req, slow).then(() => res.end('done'));
    });
    const pieces = function* () {
      for (let index = 0; index < 100; index++) yield Buffer.alloc(64 * 1024);
    };
    expect(text(await served.send(post(100 * 64 * 1024), pieces() as never))).toBe('done');
    expect(most).toBeLessThan(300_000);
  });
});

describe('a body that is cut short', () => {
  test.each<[string, (request: { endStdin(): boolean }, bridge: { destroy(): void }) => void]>([
    ['by the end of STDIN', (request) => request.endStdin()],
    [
      'by the end of the connection',
      (_, bridge) => {
        bridge.destroy();
      },
    ],
  ])('%s fails the request as in plain Node', async (_, cut) => {
    let failure: unknown;
    const { served, seen } = observe((req, res) => {
      collect(req).then(
        () => res.end('complete'),
        (error: unknown) => (failure = error),
      );
    });
    const { request, bridge } = served.begin(post(10));
    request.writeStdin(Buffer.from('abc'));
    await waitFor(() => seen.req !== undefined, { what: 'the request' });
    cut(request, bridge);
    await waitFor(() => seen.events.includes('req close') && seen.events.includes('res close'), {
      what: 'both to close',
    });
    expect(failure).toMatchObject({ code: 'ECONNRESET', message: 'aborted' });
    expect(seen.events).not.toContain('req end');
    expect(seen.req).toMatchObject({ complete: false, aborted: true });
  });

  test('without a byte, as httpd replays a request, fails too', async () => {
    const { served, seen } = observe((req) => {
      req.resume();
    });
    await expect(served.send(post(10))).rejects.toBeInstanceOf(ConnectionClosedError);
    await waitFor(() => seen.events.includes('req close'), { what: 'the request to close' });
    expect(seen.events).not.toContain('req end');
  });
});

test('a body longer than announced drops the connection', async () => {
  await expect(serve(echo).send(post(2), Buffer.from('abc'))).rejects.toBeInstanceOf(ConnectionClosedError);
});

describe('a response that comes before the body', () => {
  test('leaves the body to whoever reads it', async () => {
    const chunks: Buffer[] = [];
    let isWhole = false;
    const served = serve((req, res) => {
      req.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => (isWhole = true));
      res.end('early');
    });
    const stdout: Buffer[] = [];
    const { request } = served.begin(post(6), { onStdout: (content) => stdout.push(Buffer.from(content)) });
    await waitFor(() => stdout.length > 0, { what: 'the response' });
    expect(request.ended).toBe(false);
    request.writeStdin(Buffer.from('abc'));
    request.writeStdin(Buffer.from('def'));
    await waitFor(() => request.ended && isWhole, { what: 'the end' });
    expect(Buffer.concat(chunks).toString()).toBe('abcdef');
  });

  test('ends the request when nobody reads, and the rest goes nowhere', async () => {
    const { served, seen } = observe((_, res) => res.end('early'));
    const { request, client } = served.begin(post(6), { keepConnection: true });
    await waitFor(() => request.ended, { what: 'the response' });
    await waitFor(() => seen.events.includes('req close'), { what: 'the request to close' });
    expect(seen.events).toEqual(['res finish', 'res close', 'req end', 'req close']);
    let isAnswered = false;
    client.request({
      params: { REQUEST_METHOD: 'GET', REQUEST_URI: '/' },
      stdin: Buffer.alloc(0),
      onEnd: () => (isAnswered = true),
    });
    await waitFor(() => isAnswered, { what: 'the next request on the link' });
  });

  test('aborts the body for somebody who has stopped in the middle', async () => {
    const { served, seen } = observe((req, res) => {
      req.once('data', () => {
        req.pause();
        res.writeHead(413).end();
      });
    });
    const { request } = served.begin(post(1000));
    request.writeStdin(Buffer.from('abc'));
    await waitFor(() => request.ended && seen.events.includes('req close'), { what: 'the end' });
    expect(seen.events).toContain('req aborted');
    expect(seen.events).not.toContain('req end');
  });

  test('ends the request when its reader has stopped for good', async () => {
    const { served, seen } = observe((req, res) => {
      req.on('data', () => req.pause());
      res.end('early');
    });
    const { request } = served.begin(post(1_000_000));
    request.writeStdin(Buffer.alloc(500_000));
    await waitFor(() => request.ended && seen.events.includes('req close'), { what: 'the end' });
    expect(seen.events).not.toContain('req end');
  });

  test('waits for a reader that only stops now and then', async () => {
    let bytes = 0;
    const { served, seen } = observe((req, res) => {
      req.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        req.pause();
        setImmediate(() => req.resume());
      });
      res.end('early');
    });
    const { request } = served.begin(post(1_000_000));
    for (let part = 0; part < 10; part++) request.writeStdin(Buffer.alloc(100_000));
    await waitFor(() => request.ended && seen.events.includes('req close'), { what: 'the end' });
    expect([bytes, seen.events.includes('req end')]).toEqual([1_000_000, true]);
  });

  test('gives the link back when the body had stopped it', async () => {
    const { served } = observe((_, res) => setTimeout(() => res.end('late'), 20));
    const { request, worker } = served.begin(post(1_000_000), { keepConnection: true });
    request.writeStdin(Buffer.alloc(1_000_000));
    await waitFor(() => worker.isPaused(), { what: 'the link to pause' });
    await waitFor(() => request.ended && !worker.isPaused(), { what: 'the link to go on' });
  });
});

test('an app that destroys the request drops the connection', async () => {
  const { served, seen } = observe((req) => {
    setImmediate(() => req.destroy());
  });
  await expect(served.send(post(10), Buffer.alloc(5))).rejects.toBeInstanceOf(ConnectionClosedError);
  await waitFor(() => seen.events.includes('req close') && seen.events.includes('res close'), {
    what: 'both to close',
  });
});

test('several requests on one link are kept apart', async () => {
  const served = serve((req, res) => void collect(req).then((body) => res.end(body)));
  const { client, bridge } = served.connect();
  bridge.on('data', (chunk: Buffer) => {
    client.push(chunk);
  });
  const bodies = new Map<number, string>();
  const requests = Array.from({ length: 20 }, (_, index) => {
    const params = { REQUEST_METHOD: 'POST', REQUEST_URI: '/', CONTENT_LENGTH: '4' };
    const request = client.request({
      params,
      keepConnection: true,
      onStdout: (content) => bodies.set(index, (bodies.get(index) ?? '') + content.toString()),
    });
    return { request, index };
  });
  for (const { request, index } of requests.reverse())
    request.writeStdin(Buffer.from(String(index).padStart(4, '0')));
  await waitFor(() => requests.every(({ request }) => request.ended), { what: 'all responses' });
  for (const [index, body] of bodies) expect(body.slice(-4)).toBe(String(index).padStart(4, '0'));
  expect(bodies.size).toBe(20);
});

test('a link that is retired ends after its last request', async () => {
  let finish: (() => void) | undefined;
  const served = serve((_, res) => {
    finish = () => res.end('x');
  });
  const { request, link, bridge } = served.begin({}, { stdin: Buffer.alloc(0), keepConnection: true });
  await waitFor(() => finish !== undefined, { what: 'the request' });
  link.retire();
  expect(bridge.readableEnded).toBe(false);
  finish?.();
  await waitFor(() => request.ended && bridge.destroyed, { what: 'the link to end' });
});
