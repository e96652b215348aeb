import type { RequestListener, ServerResponse } from 'node:http';

import { ConnectionClosedError } from '@httpd-express/fastcgi';
import { describe, expect, test } from '@jest/globals';

import { MAX_HEADER_LINE_BYTES } from '../src/response-head.ts';
import { post, recordStdout, type Served, serve, header, text } from './serve.ts';
import { recordEvents, waitFor } from './wait-for.ts';

const respond = (handler: (res: ServerResponse) => unknown) => serve((_, res) => void handler(res));

describe('the head', () => {
  test('starts with the status, even if it is 200', async () => {
    const { stdout } = await recordStdout(respond((res) => res.end()));
    expect(stdout.toString()).toMatch(/^Status: 200 OK\r\n/);
  });

  test.each<[string, RequestListener]>([
    ['set before', (_, res) => void setHopByHop(res).end('x')],
    ['given to writeHead', (_, res) => void res.writeHead(200, { ...hopByHop, 'X-Kept': 'yes' }).end('x')],
    [
      'given as a flat list',
      (_, res) => void res.writeHead(200, [...Object.entries(hopByHop).flat(), 'X-Kept', 'yes']).end('x'),
    ],
    [
      'given as pairs',
      (_, res) => void res.writeHead(200, [...Object.entries(hopByHop), ['X-Kept', 'yes']] as never).end('x'),
    ],
  ])('says nothing about the connection: %s', async (_, handler) => {
    const response = await serve(handler).send();
    expect([...response.headers.keys()].filter((name) => name !== 'content-length').sort()).toEqual([
      'date',
      'x-kept',
    ]);
    expect(text(response)).toBe('x');
  });

  test.each<[string, (res: ServerResponse) => unknown]>([
    ['set before', (res) => res.setHeader('Status', '404 Nope').end('x')],
    ['given to writeHead', (res) => res.writeHead(200, { status: '404 Nope' }).end('x')],
    ['that is none', (res) => res.setHeader('Status', 'fine').end('x')],
  ])('has the status of the app, not that of a header of this name: %s', async (_, handler) => {
    const { stdout } = await recordStdout(respond(handler));
    expect(stdout.toString().match(/^status:.*$/gim)).toEqual(['Status: 200 OK']);
  });

  test('has a length over HTTP/2 as over HTTP/1.1', async () => {
    for (const SERVER_PROTOCOL of ['HTTP/2.0', 'HTTP/1.1'])
      expect(header(await respond((res) => res.end('abc')).send({ SERVER_PROTOCOL }), 'content-length')).toBe(
        '3',
      );
  });

  test('has no length that is not a number', async () => {
    const response = await respond((res) =>
      res.writeHead(200, { 'Content-Length': 'many' }).end('abc'),
    ).send();
    expect(response.headers.has('content-length')).toBe(false);
    const other = await respond((res) => res.setHeader('Content-Length', 'many').end('abc')).send();
    expect(other.headers.has('content-length')).toBe(false);
  });

  test('keeps its own properties when the prototype is replaced, as Express does', async () => {
    const prototype = Object.create(Object.getPrototypeOf(serve(() => undefined)) as object) as object;
    const served = serve((_, res) => {
      Object.setPrototypeOf(
        res,
        Object.assign(Object.create(Object.getPrototypeOf(res) as object) as object, prototype),
      );
      res.setHeader('Connection', 'close');
      res.end('x');
    });
    expect((await served.send()).headers.has('connection')).toBe(false);
  });

  test('is not sent again, nor changed, once it is out', async () => {
    let error: unknown;
    const served = respond((res) => {
      res.write('a');
      try {
        res.setHeader('X-Late', '1');
      } catch (thrown) {
        error = thrown;
      }
      res.end();
      expect(res.headersSent).toBe(true);
    });
    await served.send();
    expect(error).toMatchObject({ code: 'ERR_HTTP_HEADERS_SENT' });
  });
});

describe('a header line', () => {
  const withLine = (bytes: number) =>
    respond((res) => {
      res.setHeader('X-Long', 'v'.repeat(bytes - 'X-Long: \r\n'.length));
      res.end('body');
    });

  test('as long as httpd reads is sent', async () => {
    const response = await withLine(MAX_HEADER_LINE_BYTES).send();
    expect(response.status).toBe(200);
  });

  test('that is longer becomes a 500, and the log names it', async () => {
    const served = withLine(MAX_HEADER_LINE_BYTES + 1);
    const response = await served.send();
    expect([response.status, text(response)]).toEqual([500, 'Internal Server Error\n']);
    expect(response.headers.has('x-long')).toBe(false);
    expect(served.log).toEqual([
      expect.stringMatching(/header=X-Long bytes=8191 limit=8190 method=GET url=\/$/),
    ]);
  });

  test('that is longer in bytes than in characters is found', async () => {
    const served = respond((res) => res.setHeader('X-Wide', '\u00e9'.repeat(5000)).end('body'));
    expect((await served.send()).status).toBe(500);
  });

  test('of many is no trouble', async () => {
    const served = respond((res) => {
      for (let index = 0; index < 200; index++) res.setHeader(`X-${index}`, 'v'.repeat(100));
      res.end();
    });
    expect((await served.send()).status).toBe(200);
  });

  test('that is too long leaves HEAD without a body', async () => {
    expect((await withLine(9000).send({ REQUEST_METHOD: 'HEAD' })).body).toHaveLength(0);
  });
});

describe('an informational response', () => {
  test.each<[string, (res: ServerResponse, sent: () => void) => void]>([
    [
      '100 Continue',
      (res, sent) => {
        res.writeContinue(sent);
      },
    ],
    [
      '102 Processing',
      (res, sent) => {
        res.writeProcessing.call(res, sent);
      },
    ],
    [
      '103 Early Hints',
      (res, sent) => {
        res.writeEarlyHints({ link: '</a.css>; rel=preload' }, sent);
      },
    ],
  ])('is dropped, and its callback called: %s', async (_, inform) => {
    let calls = 0;
    const served = respond((res) => {
      inform.call(res, res, () => calls++);
      setImmediate(() => res.end('final'));
    });
    const { stdout } = await recordStdout(served);
    expect(stdout.toString()).toMatch(/^Status: 200 OK\r\n[^]*final$/);
    expect(stdout.toString()).not.toContain('HTTP/1.1');
    expect(calls).toBe(1);
  });

  test('as the final status becomes a 500, and the log says so', async () => {
    const served = respond((res) => res.writeHead(101, { Upgrade: 'x' }).end('y'));
    expect((await served.send()).status).toBe(500);
    expect(served.log).toEqual([expect.stringContaining('status=101')]);
  });
});

describe('a declared length', () => {
  test.each<[string, string | Buffer]>([
    ['string', 'abcdef'],
    ['buffer', Buffer.from('abcdef')],
  ])('cuts off what exceeds it: %s', async (_, body) => {
    const response = await respond((res) => res.setHeader('Content-Length', 4).end(body)).send();
    expect([header(response, 'content-length'), text(response)]).toEqual(['4', 'abcd']);
  });

  test('that was reached drops every later write', async () => {
    const served = respond((res) => {
      res.setHeader('Content-Length', 2);
      for (const piece of ['a', 'b', 'c', 'd']) res.write(piece);
      res.end('e');
    });
    expect(text(await served.send())).toBe('ab');
  });

  test('that is not reached closes the connection without END_REQUEST, and the log says so', async () => {
    const served = respond((res) => res.setHeader('Content-Length', 4).end('abc'));
    await expect(served.send()).rejects.toBeInstanceOf(ConnectionClosedError);
    expect(served.log).toEqual([expect.stringContaining('missing=1')]);
  });

  test('of a response to HEAD needs no body', async () => {
    const response = await respond((res) => res.setHeader('Content-Length', 4).end()).send({
      REQUEST_METHOD: 'HEAD',
    });
    expect(header(response, 'content-length')).toBe('4');
  });
});

test('trailers are dropped', async () => {
  const served = respond((res) => {
    res.writeHead(200, { Trailer: 'X-Sum', 'Transfer-Encoding': 'chunked' });
    res.write('a');
    res.addTrailers({ 'X-Sum': '1' });
    res.end('b');
  });
  const response = await served.send();
  expect([text(response), response.headers.has('x-sum'), response.headers.has('trailer')]).toEqual([
    'ab',
    false,
    false,
  ]);
});

describe('writes', () => {
  const countWrites = async (served: Served, params = {}) => (await recordStdout(served, params)).writes;

  test.each<[string, (res: ServerResponse) => unknown]>([
    ['a string', (res) => res.end('hello')],
    ['bytes', (res) => res.end(Buffer.alloc(10_000))],
    ['nothing', (res) => res.end()],
    [
      'pieces of one tick',
      (res) => {
        res.write('a');
        res.write('b');
        res.end('c');
      },
    ],
    [
      'flushed headers of one tick',
      (res) => {
        res.flushHeaders();
        res.end('c');
      },
    ],
  ])('are one for a response of %s', async (_, handler) => {
    expect(await countWrites(respond(handler))).toBe(1);
  });

  test('of one tick are gathered', async () => {
    const writes = await countWrites(
      respond((res) => {
        for (let index = 0; index < 100; index++) res.write('x');
        setImmediate(() => setImmediate(() => res.end()));
      }),
    );
    expect(writes).toBe(2);
  });

  test('of a head alone wait for the body', async () => {
    let res: ServerResponse | undefined;
    const served = serve((_, response) => {
      res = response;
      response.writeHead(200);
      response.flushHeaders();
    });
    const received: Buffer[] = [];
    const { request } = served.begin(
      {},
      { stdin: Buffer.alloc(0), onStdout: (content) => received.push(Buffer.from(content)) },
    );
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(received).toEqual([]);
    res?.write('first');
    await waitFor(() => received.length > 0, { what: 'the head with the first byte' });
    expect(Buffer.concat(received).toString()).toMatch(/\r\n\r\nfirst$/);
    res?.end();
    await waitFor(() => request.ended, { what: 'the end of the request' });
  });

  test('of the head of an event stream go out with a comment', async () => {
    let res: ServerResponse | undefined;
    const served = serve((_, response) => {
      res = response;
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    });
    const received: Buffer[] = [];
    const { request } = served.begin(
      {},
      { stdin: Buffer.alloc(0), onStdout: (content) => received.push(Buffer.from(content)) },
    );
    await waitFor(() => received.length > 0, { what: 'the head' });
    expect(Buffer.concat(received).toString()).toMatch(/\r\n\r\n:\n\n$/);
    res?.end('data: 1\n\n');
    await waitFor(() => request.ended, { what: 'the end of the request' });
    expect(Buffer.concat(received).toString()).toMatch(/\r\n\r\n:\n\ndata: 1\n\n$/);
  });

  test('of the head of a compressed event stream get no comment', async () => {
    const headers = { 'Content-Type': 'text/event-stream', 'Content-Encoding': 'br' };
    const served = respond((res) => {
      res.writeHead(200, headers).flushHeaders();
      setTimeout(() => res.end('z'), 20);
    });
    expect(text(await served.send())).toBe('z');
  });

  test('answer false when the peer does not read, and drain follows when it does', async () => {
    const answers: boolean[] = [];
    let drains = 0;
    let needsDrain: boolean | undefined;
    const served = respond((res) => {
      res.on('drain', () => {
        drains++;
        if (drains < 3) answers.push(res.write(Buffer.alloc(100_000)));
        else res.end();
      });
      answers.push(res.write('small'), res.write(Buffer.alloc(200_000)));
      needsDrain = res.writableNeedDrain;
    });
    const { bridge, request } = served.begin({}, { stdin: Buffer.alloc(0) });
    bridge.pause();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([answers, needsDrain, drains]).toEqual([[true, false], true, 0]);
    bridge.resume();
    await waitFor(() => request.ended, { what: 'the end of the request' });
    expect([answers, drains]).toEqual([[true, false, false, false], 3]);
  });

  test('call back when they have left', async () => {
    const order: string[] = [];
    const served = respond((res) => {
      res.write('a', () => order.push('a'));
      res.write('b', () => order.push('b'));
      res.on('finish', () => order.push('finish'));
      res.end('c', () => order.push('end'));
    });
    await served.send();
    await waitFor(() => order.length === 4, { what: 'the callbacks' });
    expect(order.slice(0, 2)).toEqual(['a', 'b']);
    expect(order.slice(2).sort()).toEqual(['end', 'finish']);
  });
});

test('a finished response is finished, closed and detached, in this order', async () => {
  let res: ServerResponse | undefined;
  let events: string[] = [];
  const served = serve((req, response) => {
    res = response;
    events = recordEvents({ req, res: response, socket: req.socket }, [
      'prefinish',
      'finish',
      'end',
      'close',
      'aborted',
      'error',
    ]);
    response.end('x');
  });
  await served.send();
  await waitFor(() => events.includes('req close'), { what: 'the request to close' });
  expect(events).toEqual([
    'res prefinish',
    'res finish',
    'res close',
    'socket close',
    'req end',
    'req close',
  ]);
  expect(res).toMatchObject({ writableFinished: true, writableEnded: true, destroyed: true, socket: null });
});

test.each<[string, (res: ServerResponse) => unknown]>([
  ['', (res) => res.end('x')],
  [' and destroyed', (res) => res.end('x').destroy()],
])('a GET that is answered at once%s is complete when the answer has left', async (_, handler) => {
  const complete: boolean[] = [];
  let events: string[] = [];
  const served = serve((req, res) => {
    events = recordEvents({ req, res }, ['finish', 'end', 'close', 'aborted', 'error']);
    res.on('finish', () => complete.push(req.complete));
    handler(res);
  });
  await served.send();
  await waitFor(() => events.includes('req close'), { what: 'the request to close' });
  expect(events).toEqual(['res finish', 'res close', 'req end', 'req close']);
  expect(complete).toEqual([true]);
});

describe('a client that leaves', () => {
  test('closes the response, unfinished, and later writes are harmless', async () => {
    let res: ServerResponse | undefined;
    let events: string[] = [];
    const served = serve((req, response) => {
      res = response;
      events = recordEvents({ req, res: response }, ['finish', 'close', 'aborted', 'error']);
      response.write('begun');
    });
    const { bridge } = served.begin({}, { stdin: Buffer.alloc(0) });
    await waitFor(() => res !== undefined, { what: 'the request' });
    bridge.destroy();
    await waitFor(() => events.includes('req close'), { what: 'the request to close' });
    expect(events.sort()).toEqual(['req aborted', 'req close', 'req error', 'res close']);
    expect(res?.writableFinished).toBe(false);
    let failure: unknown;
    expect(res?.write('late', (error) => (failure = error))).toBe(false);
    res?.end('late');
    await waitFor(() => failure !== undefined, { what: 'the write to fail' });
    expect(events).not.toContain('res finish');
  });

  test('aborts with ABORT_REQUEST, which is answered, and leaves the link usable', async () => {
    let closed = false;
    const served = serve((req, res) => {
      if (req.url === '/second') res.end('second');
      else res.on('close', () => (closed = true));
    });
    const { request, client } = served.begin({}, { stdin: Buffer.alloc(0), keepConnection: true });
    await waitFor(() => request.abort(), { what: 'room for the abort' });
    await waitFor(() => closed && request.ended, { what: 'the response to close' });
    const second = client.request({
      params: { REQUEST_METHOD: 'GET', REQUEST_URI: '/second' },
      keepConnection: true,
      stdin: Buffer.alloc(0),
    });
    await waitFor(() => second.ended, { what: 'the second request' });
  });

  test('is what an app that destroys the response makes of the connection', async () => {
    const events: string[] = [];
    const served = serve((req, res) => {
      req.on('close', () => events.push('req'));
      res.on('close', () => events.push('res')).write('begun');
      setImmediate(() => res.destroy());
    });
    await expect(served.send()).rejects.toBeInstanceOf(ConnectionClosedError);
    await waitFor(() => events.length === 2, { what: 'both to close' });
  });
});

describe('setTimeout', () => {
  test('without a listener drops a silent request', async () => {
    await expect(respond((res) => res.setTimeout(10)).send()).rejects.toBeInstanceOf(ConnectionClosedError);
  });

  test('with a listener leaves the rest to it', async () => {
    const served = respond((res) =>
      res.setTimeout(10, () => {
        res.setTimeout(0); // a busy machine may take as long again to send the answer
        res.writeHead(504).end();
      }),
    );
    expect((await served.send()).status).toBe(504);
  });

  test('of the server drops a silent request', async () => {
    const served = respond(() => undefined);
    served.server.setTimeout(10);
    await expect(served.send()).rejects.toBeInstanceOf(ConnectionClosedError);
  });

  test('of the server, with a listener, leaves the rest to it', async () => {
    const responses = new Map<unknown, ServerResponse>();
    const served = serve((req, res) => void responses.set(req.socket, res));
    served.server.setTimeout(10, (socket) => {
      socket.setTimeout(0);
      responses.get(socket)?.writeHead(504).end();
    });
    expect((await served.send()).status).toBe(504);
  });

  test('does not count while the client takes what was written', async () => {
    let timeouts = 0;
    const served = respond((res) => res.setTimeout(10, () => timeouts++).end(Buffer.alloc(1_000_000)));
    const { bridge, request } = served.begin({}, { stdin: Buffer.alloc(0) });
    bridge.pause();
    await new Promise((resolve) => setTimeout(resolve, 50));
    bridge.resume();
    await waitFor(() => request.ended, { what: 'the end of the request' });
    expect(timeouts).toBe(0);
  });

  test('counts from when it has been taken', async () => {
    const served = respond((res) => res.setTimeout(10, () => res.end()).write(Buffer.alloc(1_000_000)));
    expect((await served.send()).body).toHaveLength(1_000_000);
  });
});

test('variables that make no request are answered 400', async () => {
  const served = respond((res) => res.end());
  expect((await served.send({ CONTENT_LENGTH: 'x' })).status).toBe(400);
  expect(served.log).toEqual([expect.stringContaining('ERR_WORKER_BAD_CGI_REQUEST')]);
});

test('a role other than RESPONDER is refused', async () => {
  const served = respond((res) => res.end());
  let status: number | undefined;
  served.begin({}, { role: 2, onEnd: (end) => (status = end.protocolStatus) });
  await waitFor(() => status !== undefined, { what: 'the end of the request' });
  expect(status).toBe(3);
});

test('an Expect: 100-continue reaches an app that listens for it', async () => {
  const served = respond((res) => res.end('request'));
  served.server.on('checkContinue', (_, res: ServerResponse) => res.end('checkContinue'));
  expect(text(await served.send(post(0, { HTTP_EXPECT: '100-continue' })))).toBe('checkContinue');
  expect(text(await served.send())).toBe('request');
});

const hopByHop = {
  Connection: 'keep-alive, X-Y',
  'Keep-Alive': 'timeout=5',
  'Proxy-Authenticate': 'Basic',
  'Proxy-Connection': 'close',
  'Transfer-Encoding': 'chunked',
  Trailer: 'X-T',
  TE: 'trailers',
  Upgrade: 'h2c',
};

function setHopByHop(res: ServerResponse): ServerResponse {
  for (const [name, value] of Object.entries(hopByHop)) res.setHeader(name, value);
  return res.setHeader('X-Kept', 'yes');
}
