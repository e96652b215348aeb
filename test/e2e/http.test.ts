/** HTTP as the app and its clients see it. The oracle is the same app under plain Node; what httpd imposes stands in tests of its own. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { behavioursApp, rawRequest, type RequestShape } from '../support/behaviours.ts';
import { ExpressServer } from '../support/express-server.ts';
import { parseResponse, type RawResponse } from '../support/parse-response.ts';
import { PlainServer } from '../support/plain-server.ts';
import { exchange } from '../support/raw-connection.ts';

let server: ExpressServer;
let plain: PlainServer;

beforeAll(async () => {
  [server, plain] = await Promise.all([
    ExpressServer.start([behavioursApp]),
    PlainServer.start(behavioursApp),
  ]);
}, 60_000);

afterAll(async () => {
  await Promise.all([server.stop(), plain.stop()]);
});

/** One request to each; what each answered. */
async function both(
  target: string,
  shape: RequestShape = {},
): Promise<{ ours: RawResponse; oracle: RawResponse }> {
  const text = rawRequest(target, shape);
  const [ours, oracle] = await Promise.all(
    [server.port, plain.port].map(async (port) => parseResponse(await exchange(port, text), shape.method)),
  );
  if (ours === undefined || oracle === undefined) throw new Error('two answers were expected');
  return { ours, oracle };
}

/** httpd speaks for its own connection, and adds its name. */
const ofTheConnection = new Set(['connection', 'keep-alive', 'date', 'server']);

/** What an app decides: everything but the connection. Repeated headers are one, joined, as HTTP has it; not Set-Cookie. */
function comparable(response: RawResponse, { method = 'GET' }: RequestShape = {}) {
  const { status, reason, headers, body, isComplete } = response;
  // An empty body is told by a length where Node would send an empty chunk.
  const isEmpty = body === '' && method !== 'HEAD';
  const framing = isEmpty ? 'empty' : response.framing;
  const joined: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (ofTheConnection.has(key)) continue;
    if (isEmpty && (key === 'content-length' || key === 'transfer-encoding')) continue;
    joined[key] =
      joined[key] === undefined ? value : `${joined[key]}${key === 'set-cookie' ? '\n' : ', '}${value}`;
  }
  if (joined['vary'] !== undefined) joined['vary'] = joined['vary'].replaceAll(', ', ',');
  return { status, reason, headers: joined, body, framing, isComplete };
}

describe('a response is what it is under plain Node', () => {
  test.each<[situation: string, target: string, shape?: RequestShape]>([
    ['a body given to end()', '/end'],
    ['nothing but end()', '/empty'],
    ['several writes in one tick', '/write'],
    ['several writes over time', '/later'],
    ['several writes with a Content-Length', '/length'],
    ['a Content-Length in writeHead()', '/head-length'],
    ['HEAD of a body given to end()', '/end', { method: 'HEAD' }],
    ['HEAD of several writes', '/later', { method: 'HEAD' }],
    ['HEAD of a Content-Length without a body', '/head-length', { method: 'HEAD' }],
    [
      'an upgrade to WebSocket that nobody listens for',
      '/length',
      { headers: 'Connection: Upgrade\r\nUpgrade: websocket\r\n' },
    ],
    ['204', '/no-content'],
    ['304', '/not-modified', { headers: 'If-None-Match: "v1"\r\n' }],
    ['205', '/status?code=205'],
    ['404 without a body', '/status?code=404'],
    ['500 without a body', '/status?code=500'],
    ['503 without a body', '/status?code=503'],
    ['401 with a body', '/status-body?code=401'],
    ['404 with a body', '/status-body?code=404'],
    ['500 with a body', '/status-body?code=500'],
    ['502 with a body', '/status-body?code=502'],
    ['a status nobody knows', '/status-body?code=299'],
    ['a status without meaning', '/status-body?code=999'],
    ['a reason of its own', '/reason'],
    ['a redirect', '/redirect'],
    ['a Location without a redirect, and odd values', '/odd-headers'],
    ['several cookies', '/cookies'],
    ['repeated headers', '/many'],
    ['a request with an ETag that the app does not look at', '/etag', { headers: 'If-None-Match: "v1"\r\n' }],
    [
      'a request with a date that the app does not look at',
      '/etag',
      { headers: 'If-Modified-Since: Wed, 21 Oct 2025 07:28:00 GMT\r\n' },
    ],
    ['a failed precondition that the app does not look at', '/etag', { headers: 'If-Match: "v2"\r\n' }],
    ['a range the app answered itself', '/partial', { headers: 'Range: bytes=2-4\r\n' }],
    ['a range the app refuses', '/accept-ranges', { headers: 'Range: bytes=2-4\r\n' }],
    ['a Connection header of the app', '/connection-close'],
    ['a POST', '/upload', { method: 'POST', headers: 'Content-Length: 5\r\n', body: 'abcde' }],
    ['a POST of nothing', '/upload', { method: 'POST', headers: 'Content-Length: 0\r\n' }],
    ['a POST without a length', '/upload', { method: 'POST' }],
    [
      'a chunked POST',
      '/upload',
      {
        method: 'POST',
        headers: 'Transfer-Encoding: chunked\r\n',
        body: '3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n',
      },
    ],
    ['a GET with a body', '/upload', { headers: 'Content-Length: 3\r\n', body: 'abc' }],
    ['a DELETE with a body', '/upload', { method: 'DELETE', headers: 'Content-Length: 3\r\n', body: 'abc' }],
    ['an echo', '/echo', { method: 'PUT', headers: 'Content-Length: 3\r\n', body: 'abc' }],
    ['a body nobody reads', '/never-read', { method: 'POST', headers: 'Content-Length: 3\r\n', body: 'abc' }],
    ['HTTP/1.0', '/end', { version: '1.0' }],
    ['HTTP/1.0 and several writes over time', '/later', { version: '1.0' }],
    ['HTTP/1.0 and HEAD', '/end', { version: '1.0', method: 'HEAD' }],
    ['no such page', '/missing'],
  ])('%s', async (...[, target, shape]) => {
    const { ours, oracle } = await both(target, shape);
    expect(comparable(ours, shape)).toEqual(comparable(oracle, shape));
  });

  test('204 has no Content-Type, which httpd drops', async () => {
    const { ours } = await both('/status-body?code=204');
    expect(ours).toMatchObject({ status: 204, rest: '' });
  });

  test('with its own Date and Server where the app sets them', async () => {
    const { ours } = await both('/own-date');
    expect(Object.fromEntries(ours.headers)).toMatchObject({
      Date: 'Wed, 21 Oct 2015 07:28:00 GMT',
      Server: 'app',
      'Last-Modified': 'Wed, 21 Oct 2015 07:28:00 GMT',
    });
  });
});

/** The headers of a request as the app saw them. */
interface SeenHeaders {
  readonly headers: Record<string, string>;
  readonly distinct: Record<string, string[]>;
  readonly raw: string[];
}

async function bothSee(headers: string): Promise<{ ours: SeenHeaders; oracle: SeenHeaders }> {
  const { ours, oracle } = await both('/headers', { headers });
  return { ours: JSON.parse(ours.body) as SeenHeaders, oracle: JSON.parse(oracle.body) as SeenHeaders };
}

describe('a request is what it is under plain Node', () => {
  test.each([
    ['Authorization', 'Authorization: Bearer a.b=c\r\n'],
    ['Authorization of another kind', 'authorization: Basic dXNlcjpwYXNz\r\n'],
    ['Cookie', 'Cookie: a=1; b="2, 3"; c\r\n'],
    ['conditions', 'If-None-Match: "a", W/"b"\r\nIf-Modified-Since: Wed, 21 Oct 2015 07:28:00 GMT\r\n'],
    ['a range', 'Range: bytes=0-1\r\n'],
    ['negotiation', 'Accept: text/html;q=0.9, */*\r\nAccept-Encoding: gzip, br\r\nAccept-Language: de\r\n'],
    ['a type without a body', 'Content-Type: application/json; charset=utf-8\r\n'],
    ['an origin', 'Origin: null\r\nReferer: http://x.example/y?z\r\nUser-Agent: Test/1 (x; y)\r\n'],
    ['forwarding', 'X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nForwarded: for=1.2.3.4\r\n'],
    ['latin1', 'X-Latin: caf\u00e9 \u00ff\r\n'],
    ['UTF-8', 'X-Utf8: caf\u00c3\u00a9\r\n'],
    ['an empty value', 'X-Empty:\r\n'],
    ['spaces around a value', 'X-Spaces:  \t a  b \t\r\n'],
    ['a name in odd case', 'x-ODD-cAsE: kept\r\n'],
    ['repeated headers', 'X-Many: one\r\nX-Many: two\r\nAccept: a/b\r\nAccept: c/d\r\n'],
    ['digits', 'X-9-Digits: 9\r\n'],
    ['long values', `X-Long: ${'x'.repeat(8000)}\r\n`],
    ['many headers', Array.from({ length: 80 }, (_, index) => `X-Header-${index}: ${index}\r\n`).join('')],
  ])('with %s', async (_, headers) => {
    const { ours, oracle } = await bothSee(headers);
    expect(ours.headers).toEqual(oracle.headers);
  });

  test('but names with other characters than letters, digits and dashes are left out', async () => {
    const { ours } = await bothSee('X_Under: 1\r\nX.Dot: 2\r\nX-Kept: 3\r\n');
    expect(ours.headers).toMatchObject({ 'x-kept': '3' });
    expect(Object.keys(ours.headers).filter((name) => /under|dot/.test(name))).toEqual([]);
  });

  test('but Proxy is left out', async () => {
    expect((await bothSee('Proxy: http://evil\r\n')).ours.headers).not.toHaveProperty('proxy');
  });

  test('but repeated cookies are joined with a comma, and a repeated header is one', async () => {
    const { ours } = await bothSee('Cookie: a=1\r\nCookie: b=2\r\nX-Many: 1\r\nX-Many: 2\r\n');
    expect(ours.headers['cookie']).toBe('a=1, b=2');
    expect(ours.distinct['x-many']).toEqual(['1, 2']);
  });

  test('and nothing of our own is added', async () => {
    const { ours, oracle } = await bothSee('X-Express-Start: t=1\r\n');
    expect(Object.keys(ours.headers).sort()).toEqual(
      Object.keys(oracle.headers)
        .filter((name) => name !== 'x-express-start')
        .sort(),
    );
    expect(ours.raw.length).toBe(2 * Object.keys(ours.headers).length);
  });
});

describe('httpd answers by itself', () => {
  test.each([
    ['OPTIONS of the server', 200, 'OPTIONS * HTTP/1.1\r\nHost: x\r\n'],
    ['a request without Host', 400, 'GET /end HTTP/1.1\r\n'],
    [
      'a header of more than 16 KiB',
      400,
      `GET /end HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(16_400)}\r\n`,
    ],
    [
      'more than two thousand headers',
      400,
      `GET /end HTTP/1.1\r\nHost: x\r\n${'X-Many: 1\r\n'.repeat(2000)}`,
    ],
    ['an encoded NUL', 404, 'GET /a%00b HTTP/1.1\r\nHost: x\r\n'],
    ['a length that is none', 400, 'POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 3x\r\n'],
    ['an expectation nobody knows', 417, 'GET /end HTTP/1.1\r\nHost: x\r\nExpect: x\r\n'],
    [
      'a body over --limit-request-body',
      413,
      'POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10485761\r\n',
    ],
  ])('%s with %i', async (_, status, head) => {
    const response = parseResponse(await exchange(server.port, `${head}Connection: close\r\n\r\n`));
    expect([response.status, response.body.includes('hello')]).toEqual([status, false]);
  });

  test('two lengths are one: the app sees a chunked body without Content-Length', async () => {
    const { ours } = await both('/headers', {
      method: 'POST',
      headers: 'Content-Length: 99\r\nTransfer-Encoding: chunked\r\n',
      body: '3\r\nabc\r\n0\r\n\r\n',
    });
    expect((JSON.parse(ours.body) as SeenHeaders).headers['content-length']).not.toBe('99');
  });
});
