/** Which host names are served, over HTTP and HTTPS, and what the app sees of them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { findFreePort } from '../support/free-port.ts';
import { request } from '../support/http-request.ts';
import { secureRequest } from '../support/https-request.ts';
import { RawConnection } from '../support/raw-connection.ts';

const app = path.join(import.meta.dirname, '../fixtures/apps/connection.mjs');

describe('a server with a name', () => {
  let server: ExpressServer;
  let httpsPort: number;

  beforeAll(async () => {
    httpsPort = await findFreePort();
    server = await ExpressServer.start([
      ...[app, '--server-name', 'www.example.test', '--server-alias', '*.example.org', '--server-status'],
      ...['--https-self-signed', '--https-port', String(httpsPort)],
    ]);
  }, 30_000);

  afterAll(async () => {
    await server.stop();
  });

  const get = async (host: string, target = '/') =>
    request(server.url, { headers: { Host: host }, path: target });
  const secureGet = async (host: string, target = '/') =>
    secureRequest(`https://127.0.0.1:${httpsPort}`, {
      ca: readFileSync(path.join(server.serverRoot, 'self-signed.crt')),
      headers: { Host: host },
      path: target,
      // Clients that a certificate is not for are refused as well: by name.
      checkServerIdentity: () => undefined,
    });

  test.each([
    'www.example.test',
    'WWW.Example.Test:81',
    'www.example.test.',
    'a.example.org',
    'a.b.example.org:8000',
  ])('serves %s', async (host) => {
    expect([(await get(host)).status, (await secureGet(host)).status]).toEqual([200, 200]);
  });

  test.each([
    'localhost',
    '127.0.0.1',
    '[::1]',
    'example.org',
    'www.example.test.evil.test',
    'xexample.org',
    'evil',
  ])('refuses %s', async (host) => {
    expect([(await get(host)).status, (await secureGet(host)).status]).toEqual([403, 403]);
  });

  test('refuses a request without a host', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send('GET / HTTP/1.0\r\n\r\n');

    expect(await connection.waitForClose()).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('takes the host of an absolute target, and not another one beside it', async () => {
    const statuses = await Promise.all(
      [
        ['http://evil.test/', 'www.example.test'],
        ['http://www.example.test/', 'evil.test'],
      ].map(async ([target, host]) => {
        const connection = await RawConnection.open(server.port);
        connection.send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
        return (await connection.waitForClose()).slice(9, 12);
      }),
    );

    expect(statuses).toEqual(['403', '200']);
  });

  test('redirects the name without www., over either scheme, with path, query and port', async () => {
    const [plain, secure] = [
      await get('example.test:81', '/a%2Fb?c=%20'),
      await secureGet('example.test', '/d'),
    ];

    expect([plain.status, plain.headers.location]).toEqual([308, 'http://www.example.test:81/a%2Fb?c=%20']);
    expect([secure.status, secure.headers['location']]).toEqual([308, 'https://www.example.test/d']);
  });

  test('tells the app the host of the client', async () => {
    expect(JSON.parse((await get('a.example.org:81')).text)).toMatchObject({
      hostname: 'a.example.org',
      host: 'a.example.org:81',
    });
  });

  test('shows its status under its name', async () => {
    expect((await get('www.example.test', '/server-status')).text).toContain('Apache Server Status');
  });

  test('has its name in the banner', () => {
    expect(server.command.stdout).toContain(`Server URL         : http://www.example.test:${server.port}/\n`);
    expect(server.command.stdout).toContain(`Server URL (HTTPS) : https://www.example.test:${httpsPort}/\n`);
  });
});

describe('a server with a name that allows localhost, on IPv6', () => {
  let server: ExpressServer;
  let httpsPort: number;

  beforeAll(async () => {
    httpsPort = await findFreePort();
    server = await ExpressServer.start(
      [
        ...[app, '--server-name', 'example.test', '--allow-localhost'],
        ...['--https-self-signed', '--https-port', String(httpsPort)],
      ],
      { listen: (port) => ({ args: ['--host', '::1', '--port', String(port)], host: '[::1]' }) },
    );
  }, 30_000);

  afterAll(async () => {
    await server.stop();
  });

  test('serves clients of this machine under any name', async () => {
    const { status, text } = await request(`${server.url}/`);

    expect([status, JSON.parse(text)]).toMatchObject([200, { hostname: '[::1]' }]);
  });

  test('serves HTTPS on the same address', async () => {
    const ca = readFileSync(path.join(server.serverRoot, 'self-signed.crt'));

    expect((await secureRequest(`https://[::1]:${httpsPort}/`, { ca })).status).toBe(200);
  });
});
