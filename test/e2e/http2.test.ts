/** `--http2` and `--compress-responses`: files and answers of an app over HTTP/2, and what is compressed on its way. */
import { writeFileSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { Authority } from '../support/authority.ts';
import { runExpress } from '../support/express-command.ts';
import { ExpressServer } from '../support/express-server.ts';
import { findFreePort } from '../support/free-port.ts';
import { request } from '../support/http-request.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';

const app = path.join(import.meta.dirname, '../fixtures/apps/compressible.mjs');
const text = 'the same words again and again, '.repeat(200);

let directory: ReturnType<typeof createTemporaryDirectory>;
let authority: Authority;
let server: ExpressServer;
let httpsPort: number;

beforeAll(async () => {
  directory = createTemporaryDirectory();
  authority = new Authority(directory.path);
  const { prefix } = authority.sign('localhost', { names: ['DNS:localhost'] });
  writeFileSync(path.join(directory.path, 'page.html'), text);
  httpsPort = await findFreePort();
  server = await ExpressServer.start([
    ...[
      app,
      '--http2',
      '--compress-responses',
      '--url-alias',
      '/page.html',
      path.join(directory.path, 'page.html'),
    ],
    ...['--https-port', String(httpsPort), '--ssl-certificate', prefix],
  ]);
}, 30_000);

afterAll(async () => {
  await server.stop();
  directory.remove();
});

/** What came back for a request in a session, informational heads included. */
function ask(
  session: ClientHttp2Session,
  target: string,
): Promise<{ hints: unknown[]; status: unknown; text: string }> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': target });
    const hints: unknown[] = [];
    let status: unknown;
    let body = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    stream.on('headers', (headers) => hints.push(headers[':status']));
    stream.on('response', (headers) => (status = headers[':status']));
    stream.on('error', reject).on('end', () => {
      resolve({ hints, status, text: body });
    });
  });
}

describe.each([
  ['over TLS', () => connect(`https://localhost:${httpsPort}`, { ca: authority.certificate })],
  ['without TLS', () => connect(server.url)],
])('HTTP/2 %s', (_how, open) => {
  let session: ClientHttp2Session;
  beforeAll(() => {
    session = open();
  });
  afterAll(() => {
    session.close();
  });

  test('reaches the app, which knows the version', async () => {
    expect(await ask(session, '/version')).toEqual({ hints: [], status: 200, text: '2.0' });
  });

  test('reaches files', async () => {
    expect(await ask(session, '/page.html')).toMatchObject({ status: 200, text });
  });

  test('has many requests at once on one connection', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(session, '/text')));

    expect(answers.every((answer) => answer.status === 200 && answer.text === text)).toBe(true);
  });

  test('an answer with early hints arrives without them', async () => {
    expect(await ask(session, '/hinted')).toEqual({ hints: [], status: 200, text: 'hinted' });
  });
});

test('HTTP/1.1 is spoken as before', async () => {
  expect((await request(`${server.url}/version`)).text).toBe('1.1');
});

test('HTTP/2 on the prefork MPM is warned of', async () => {
  const { status, stderr } = await runExpress([
    ...[
      'setup-server',
      app,
      '--http2',
      '--server-mpm',
      'prefork',
      '--server-root',
      path.join(directory.path, 'other'),
    ],
  ]);

  expect([status, stderr]).toEqual([0, expect.stringContaining('HTTP/1.1 alone on the prefork MPM')]);
});

describe('compression', () => {
  const get = (target: string, coding: string, headers = {}) =>
    request(server.url + target, { headers: { 'Accept-Encoding': coding, ...headers } });

  test.each(['/text', '/page.html'])('of %s is what the client takes, Brotli before gzip', async (target) => {
    const [brotli, gzip, none] = await Promise.all(
      ['gzip, br', 'gzip', 'identity'].map((coding) => get(target, coding)),
    );

    expect([brotli, gzip, none].map((response) => response?.headers['content-encoding'])).toEqual([
      'br',
      'gzip',
      undefined,
    ]);
    expect(brotliDecompressSync(brotli?.body ?? '').toString()).toBe(text);
    expect(gunzipSync(gzip?.body ?? '').toString()).toBe(text);
    expect(none?.text).toBe(text);
    for (const response of [brotli, gzip, none]) expect(response?.headers.vary).toBe('Accept-Encoding');
  });

  test.each(['/image', '/untouched'])('leaves %s as it is', async (target) => {
    const { headers, text: body } = await get(target, 'gzip, br');

    expect([headers['content-encoding'], body]).toEqual([undefined, text]);
  });

  test('does not happen twice', async () => {
    const { headers, body } = await get('/compressed', 'gzip, br');

    expect([headers['content-encoding'], gunzipSync(body).toString()]).toEqual(['gzip', text]);
  });

  test('does not hold back events', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send('GET /events HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br\r\n\r\n');
    await connection.waitFor(/data: first/);

    expect(connection.received).not.toMatch(/content-encoding|data: last/i);
    connection.leave();
  });

  test.each(['br', 'gzip'])('with %s keeps ETags apart, and the app knows its own again', async (coding) => {
    const first = await get('/tagged', coding);
    const etag = first.headers.etag ?? '';
    const second = await get('/tagged', coding, { 'If-None-Match': etag });

    expect(etag).toBe(`"one-${coding}"`);
    expect([second.status, second.headers.etag, second.headers['x-asked']]).toEqual([304, etag, '"one"']);
  });

  test('of a file that has not changed is 304 with the same ETag', async () => {
    const first = await get('/page.html', 'gzip');
    const second = await get('/page.html', 'gzip', { 'If-None-Match': first.headers.etag ?? '' });

    expect([second.status, second.headers.etag]).toEqual([304, first.headers.etag]);
  });
});
