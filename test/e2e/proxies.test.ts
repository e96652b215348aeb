/** `--proxy-mount-point` and `--proxy-virtual-host`: other servers behind the same httpd. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocketServer } from 'ws';

import { Authority } from '../support/authority.ts';
import { behavioursApp } from '../support/behaviours.ts';
import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { exchange } from '../support/raw-connection.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { TestSocket } from '../support/web-socket.ts';

/** What the other servers do. */
const answer: RequestListener = (req, res) => {
  if (req.url === '/base/never') return;
  if (req.url === '/base/redirect')
    res.writeHead(302, { Location: `${origin(backend)}/base/there`, 'Set-Cookie': 'a=1; Path=/base/' }).end();
  else res.end(JSON.stringify({ url: req.url, headers: req.headers }));
};

let backend: Server;
let trusted: Server;
let stranger: Server;
let server: ExpressServer;
let temporary: ReturnType<typeof createTemporaryDirectory>;
const origin = (of: Server, scheme = 'http') => `${scheme}://localhost:${(of.address() as AddressInfo).port}`;

beforeAll(async () => {
  temporary = createTemporaryDirectory();
  const [ours, theirs] = [new Authority(temporary.path), new Authority(temporary.path, 'theirs')];
  const secure = (authority: Authority) => {
    const { certificateFile, keyFile } = authority.sign(`localhost-${authority === ours ? 1 : 2}`, {
      names: ['DNS:localhost'],
    });
    return createSecureServer({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) }, answer);
  };
  backend = createServer(answer);
  const sockets = new WebSocketServer({ server: backend });
  sockets.on('connection', (socket, { url }) => {
    socket.on('message', (message) => {
      socket.send(`${url ?? ''} ${(message as Buffer).toString()}`);
    });
  });
  [trusted, stranger] = [secure(ours), secure(theirs)];
  for (const each of [backend, trusted, stranger]) await once(each.listen(0, 'localhost'), 'listening');
  server = await ExpressServer.start(
    [
      behavioursApp,
      ...['--server-name', 'site.test', '--server-alias', '127.*', '--proxy-timeout', '1'],
      ...['--proxy-mount-point', '/api', `${origin(backend)}/base`],
      ...['--proxy-mount-point', '/api/inner/', `${origin(backend)}/inner/`],
      ...['--proxy-mount-point', '/a b', origin(backend)],
      ...['--proxy-mount-point', '/secure', origin(trusted, 'https')],
      ...['--proxy-mount-point', '/stranger', origin(stranger, 'https')],
      ...['--proxy-virtual-host', 'other.test', origin(backend)],
    ],
    { env: { SSL_CERT_FILE: ours.certificateFile } },
  );
}, 60_000);

afterAll(async () => {
  for (const each of [backend, trusted, stranger]) {
    each.closeAllConnections();
    each.close();
  }
  temporary.remove();
  await server.stop();
});

interface Seen {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

async function see(target: string, headers: Record<string, string> = {}): Promise<Seen> {
  const { status, text } = await request(server.url, { path: target, headers });
  if (status !== 200) throw new Error(`${target}: ${status}`);
  return JSON.parse(text) as Seen;
}

describe('a path that is proxied', () => {
  test.each([
    ['/api', '/base'],
    ['/api/', '/base/'],
    ['/api/x%2Fy?q=%201&q', '/base/x%2Fy?q=%201&q'],
    ['/api//z;p=1', '/base//z;p=1'],
    ['/api/%E2%82%AC', '/base/%E2%82%AC'],
    ['/api/inner/x', '/inner/x'],
    ['/%61pi/x', '/base/x'],
    ['/a%20b/x', '/x'],
    ['http://site.test/api/absolute', '/base/absolute'],
  ])('%s is %s there', async (target, url) => {
    expect((await see(target)).url).toBe(url);
  });

  test.each([
    '/api/x/../../secret',
    '/api/..%2f..%2fsecret',
    '/api/x%2f..%2f..%2fsecret',
    '/api/%2e%2e/secret',
  ])('%s does not lead out of it', async (target) => {
    const { status, text } = await request(server.url, { path: target });
    const seen = status === 200 && text.startsWith('{"url"') ? (JSON.parse(text) as Seen).url : '/base/';
    expect(decodeURIComponent(seen)).toMatch(/^\/base\//);
    expect(new URL(seen, 'http://x').pathname).toMatch(/^\/base\//);
  });

  test('is told who asked for what, and nothing a client says of that', async () => {
    const { headers } = await see('/api/x', {
      'X-Forwarded-For': '6.6.6.6',
      'X-Forwarded-Host': 'evil.test',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Prefix': '/evil',
    });
    expect(headers).toMatchObject({
      host: origin(backend).slice('http://'.length),
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': `127.0.0.1:${server.port}`,
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(server.port),
      'x-forwarded-prefix': '/api',
    });
    expect(headers).not.toHaveProperty('x-express-start');
  });

  test('leads back to itself in redirects and cookies', async () => {
    const { headers } = await request(`${server.url}/api/redirect`);
    expect(headers.location).toBe(`${server.url}/api/there`);
    expect(headers['set-cookie']).toEqual(['a=1; Path=/api/']);
  });

  test('without its slash is redirected where the other server has one', async () => {
    const { status, headers } = await request(`${server.url}/api/inner?x`);
    expect([status, headers.location]).toEqual([308, `${server.url}/api/inner/?x`]);
  });

  test('carries WebSockets', async () => {
    const client = await TestSocket.open(`${server.url}/api/chat?x`);
    expect(String((await client.ask('hello')).data)).toBe('/base/chat?x hello');
    client.socket.close();
    await client.closed;
  });

  test('carries none for HTTP/1.0, which gets an answer', async () => {
    const head =
      'Host: site.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    const answer = await exchange(server.port, `GET /api/x HTTP/1.0\r\n${head}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*"url":"\/base\/x"/);
  });

  test('is given up after --proxy-timeout, which mod_proxy_http answers like any failure', async () => {
    expect((await request(`${server.url}/api/never`)).status).toBe(502);
  });

  test('is reached with TLS where the certificate is trusted, and not at all where it is not', async () => {
    expect((await see('/secure/x')).url).toBe('/x');
    expect((await request(`${server.url}/stranger/x`)).status).toBe(500);
  });

  test('leaves the rest to the app', async () => {
    expect((await request(`${server.url}/end`)).text).toContain('hello');
  });
});

describe('a host name that is proxied', () => {
  test('is another server, which sees the name', async () => {
    const { url, headers } = await see('/api/%2e%2e/x?y', { Host: 'other.test' });
    expect([url, headers.host]).toEqual(['/api/%2e%2e/x?y', 'other.test']);
    expect(headers).not.toHaveProperty('x-forwarded-prefix');
  });

  test('does not open the server to further names', async () => {
    expect((await request(server.url, { headers: { Host: 'third.test' } })).status).toBe(403);
  });
});
