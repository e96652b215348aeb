/** The Express middleware that is met most, each as its documentation writes it, in one app. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, readdirSync } from 'node:fs';
import { createServer, type OutgoingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { Authority } from '../../support/authority.ts';
import { EventStream } from '../../support/event-stream.ts';
import { findUnexpectedLines, startExample } from '../../support/example.ts';
import type { ExpressServer } from '../../support/express-server.ts';
import { findFreePort } from '../../support/free-port.ts';
import { request } from '../../support/http-request.ts';
import { secureRequest, type SecureResponse } from '../../support/https-request.ts';
import { createTemporaryDirectory } from '../../support/temporary-directory.ts';

let server: ExpressServer;
let api: Server;
/** Asks for `/views` over https. */
let secureViews: (headers?: OutgoingHttpHeaders) => Promise<SecureResponse>;
/** Where the app keeps uploads: as root, it runs as somebody else. */
const temporary = createTemporaryDirectory();

beforeAll(async () => {
  chmodSync(temporary.path, 0o1777);
  api = createServer((req, res) => {
    const { method, url, headers } = req;
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      res.writeHead(method === 'POST' ? 201 : 200, { 'X-Api': 'yes', 'Content-Type': 'application/json' });
      res.end(JSON.stringify({ method, url, host: headers.host, sha256: hash(Buffer.concat(chunks)) }));
    });
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  const authority = new Authority(temporary.path);
  const certificate = authority.sign('localhost', { names: ['DNS:localhost', 'IP:127.0.0.1'] });
  const httpsPort = await findFreePort();
  server = await startExample('middleware', {
    listen: (port) => ({
      args: [
        ...['--host', '127.0.0.1', '--port', String(port)],
        ...['--https-port', String(httpsPort), '--ssl-certificate', certificate.prefix],
      ],
    }),
    env: { API_URL: `http://127.0.0.1:${apiPort()}`, TMPDIR: temporary.path },
  });
  secureViews = async (headers = {}) =>
    secureRequest(`https://127.0.0.1:${httpsPort}/views`, { ca: authority.certificate, headers });
});

afterAll(async () => {
  await server.stop();
  api.close();
  temporary.remove();
});

function apiPort(): number {
  return (api.address() as AddressInfo).port;
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('helmet and compression', () => {
  test('set their headers and compress what is worth it', async () => {
    const headers = { 'Accept-Encoding': 'gzip' };
    const { headers: received, body } = await request(`${server.url}/compressed`, { headers });
    expect(received).toMatchObject({
      'content-encoding': 'gzip',
      vary: 'Accept-Encoding',
      'content-security-policy': expect.stringContaining("default-src 'self'"),
      'strict-transport-security': expect.stringContaining('max-age='),
      'x-frame-options': 'SAMEORIGIN',
    });
    expect(received['x-powered-by']).toBeUndefined();
    expect(gunzipSync(body).toString()).toBe('the same line again and again\n'.repeat(1000));
  });

  test('let events through at once, compressed', async () => {
    const events = new EventStream(`${server.url}/events`, { 'Accept-Encoding': 'gzip' });
    await events.waitFor('data: 0\n\n');
    expect([events.encoding, events.text]).toEqual(['gzip', expect.not.stringContaining('data: 1')]);
    await events.waitFor('data: 1\n\n');
    events.close();
  });
});

describe('express-session', () => {
  test('keeps its secure cookie to itself over http', async () => {
    const { headers, text } = await request(`${server.url}/views`);
    expect([JSON.parse(text), headers['set-cookie']]).toEqual([{ views: 1, secure: false }, undefined]);
  });

  test('sets its secure cookie over https, and knows it again', async () => {
    const { headers, text } = await secureViews();
    expect(JSON.parse(text)).toEqual({ views: 1, secure: true });
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^connect\.sid=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ]);
    const [Cookie = ''] = String(headers['set-cookie']).split(';');
    const again = await secureViews({ Cookie });
    expect([JSON.parse(again.text), again.headers['set-cookie']]).toEqual([
      ...[{ views: 2, secure: true }, undefined],
    ]);
  });
});

describe('passport', () => {
  test.each([
    ['refuses who does not authenticate', undefined, 401],
    ['refuses a wrong password', 'ada:wrong', 401],
    ['knows its user', 'ada:lovelace', 200],
  ])('%s', async (_title, credentials, expected) => {
    const headers =
      credentials === undefined
        ? {}
        : { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
    const { status, text, headers: received } = await request(`${server.url}/private`, { headers });
    expect(status).toBe(expected);
    if (expected === 200) expect(JSON.parse(text)).toEqual({ name: 'ada' });
    else expect(received['www-authenticate']).toBe('Basic realm="Users"');
  });
});

describe('uploads', () => {
  const bytes = randomBytes(8 * 1024 * 1024);
  const expected = { name: 'upload.bin', bytes: bytes.length, sha256: hash(bytes) };

  async function upload(route: string): Promise<unknown> {
    const form = new FormData();
    form.append('title', 'a field before the file');
    form.append('file', new Blob([bytes]), 'upload.bin');
    const response = await fetch(`${server.url}${route}`, { method: 'POST', body: form });
    return response.json();
  }

  test('reach multer whole, and its files are gone afterwards', async () => {
    expect(await upload('/multer')).toEqual(expected);
    const uploads = readdirSync(temporary.path).filter((name) => name.startsWith('uploads-'));
    expect(uploads.map((name) => readdirSync(path.join(temporary.path, name)))).toEqual([[]]);
  });

  test('reach busboy whole', async () => {
    expect(await upload('/busboy')).toEqual([expected]);
  });

  test('through http-proxy-middleware reach the other server whole', async () => {
    const response = await request(`${server.url}/api/upload?x=1`, { method: 'POST', body: bytes });
    expect([response.status, response.headers['x-api'], JSON.parse(response.text)]).toEqual([
      ...[201, 'yes'],
      { method: 'POST', url: '/upload?x=1', host: `127.0.0.1:${apiPort()}`, sha256: expected.sha256 },
    ]);
  });
});

test('it leaves a clean log but for what express-session says about its default store', () => {
  const said = [
    /connect\.session\(\) MemoryStore|^designed for|^memory, and/,
    // About the build of mod_ssl, and a certificate for an address: no word of the app.
    /\[ssl:warn\]/,
  ];
  expect(findUnexpectedLines(server, said)).toEqual([]);
});
