/** HTTPS as a client sees it: certificates, protocols, redirects, client certificates. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { Authority, type Certificate } from '../support/authority.ts';
import { runExpress } from '../support/express-command.ts';
import { ExpressServer } from '../support/express-server.ts';
import { findFreePort } from '../support/free-port.ts';
import { request } from '../support/http-request.ts';
import { secureRequest } from '../support/https-request.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';

const app = path.join(import.meta.dirname, '../fixtures/apps/connection.mjs');

let directory: ReturnType<typeof createTemporaryDirectory>;
let authority: Authority;
let certificate: Certificate;
let httpsPort: number;

beforeAll(async () => {
  directory = createTemporaryDirectory();
  authority = new Authority(directory.path);
  certificate = authority.sign('localhost', { names: ['DNS:localhost', 'IP:127.0.0.1'] });
  httpsPort = await findFreePort();
});

afterAll(() => {
  directory.remove();
});

async function startHttps(...args: readonly string[]): Promise<ExpressServer> {
  return ExpressServer.start([app, '--https-port', String(httpsPort), ...args]);
}

async function ask(target: string, options = {}): Promise<Record<string, unknown>> {
  const { text } = await secureRequest(`https://localhost:${httpsPort}${target}`, {
    ca: authority.certificate,
    ...options,
  });
  return JSON.parse(text) as Record<string, unknown>;
}

describe('HTTPS beside HTTP', () => {
  let server: ExpressServer;

  beforeAll(async () => {
    server = await startHttps(
      '--ssl-certificate',
      certificate.prefix,
      '--hsts-policy',
      'max-age=60; includeSubDomains',
    );
  }, 30_000);

  afterAll(async () => {
    await server.stop();
  });

  test('the app knows that the connection is secure, and to which name and port', async () => {
    expect(await ask('/a%2Fb?c')).toEqual({
      protocol: 'https',
      secure: true,
      encrypted: true,
      servername: 'localhost',
      hostname: 'localhost',
      host: `localhost:${httpsPort}`,
      port: httpsPort,
      version: '1.1',
      url: '/a%2Fb?c',
      ssl: { SSL_TLS_SNI: 'localhost' },
    });
  });

  test('its port is the one that was connected to, whatever the client says', async () => {
    expect(await ask('/', { headers: { Host: 'localhost:1' } })).toMatchObject({ port: httpsPort });
  });

  test('and that the other one is not', async () => {
    const { text } = await request(`${server.url}/`);

    expect(JSON.parse(text)).toMatchObject({ protocol: 'http', secure: false, port: server.port, ssl: {} });
  });

  test('the policy for browsers is in answers over HTTPS alone, once', async () => {
    const options = { ca: authority.certificate };
    const [found, missing] = await Promise.all(
      ['/', '/%00'].map((target) => secureRequest(`https://localhost:${httpsPort}${target}`, options)),
    );

    expect(found?.headers['strict-transport-security']).toBe('max-age=60; includeSubDomains');
    expect(missing?.headers['strict-transport-security']).toBe('max-age=60; includeSubDomains');
    expect((await request(`${server.url}/`)).headers['strict-transport-security']).toBe(
      "max-age=1; of='the app'",
    );
  });

  test('the banner has both URLs', () => {
    expect(server.command.stdout).toContain(`Server URL (HTTPS) : https://127.0.0.1:${httpsPort}/\n`);
  });

  test.each([
    ['TLSv1.3', 'TLSv1.3'],
    ['TLSv1.2', 'TLSv1.2'],
  ] as const)('%s is spoken', async (version, spoken) => {
    const { protocol } = await secureRequest(`https://localhost:${httpsPort}/`, {
      ca: authority.certificate,
      minVersion: version,
      maxVersion: version,
    });

    expect(protocol).toBe(spoken);
  });

  test.each([
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
    ['a key exchange without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
    ['encryption that is not authenticated', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }],
  ] as const)('%s is refused', async (_what, options) => {
    await expect(
      secureRequest(`https://localhost:${httpsPort}/`, { ca: authority.certificate, ...options }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(ERR_SSL|EPROTO|ECONNRESET)/) });
  });

  test.each([
    ['TLS 1.0', ['-tls1', '-cipher', 'DEFAULT@SECLEVEL=0']],
    ['ciphers without authentication of the server', ['-tls1_2', '-cipher', 'aNULL@SECLEVEL=0']],
    ['ciphers without encryption', ['-tls1_2', '-cipher', 'eNULL@SECLEVEL=0']],
    ['CBC', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-SHA384']],
  ])('%s: no connection', (_what, args) => {
    expect(speak(args).stdout).toMatch(/Cipher is \(NONE\)|no peer certificate available/);
  });

  test('a client cannot renegotiate, and nothing is compressed or put into a ticket', () => {
    const { status, stdout } = speak(['-tls1_2', '-comp'], 'R\n');

    expect(stdout).toMatch(/Cipher is ECDHE-ECDSA-\w+-GCM/);
    expect(stdout).toContain('Compression: NONE');
    expect(stdout).not.toContain('session ticket');
    expect(status).not.toBe(0);
  });

  /** What openssl says of a connection. */
  function speak(args: readonly string[], input = '') {
    return spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${httpsPort}`, ...args], {
      input,
      encoding: 'utf8',
      timeout: 5000,
    });
  }

  test('the key is not in what is written', () => {
    const written = ['httpd.conf', 'settings.json'].map((name) =>
      readFileSync(path.join(server.serverRoot, name), 'utf8'),
    );

    expect(written.join('')).not.toContain('PRIVATE KEY');
  });
});

describe('HTTPS only, with certificates of clients for a path', () => {
  let server: ExpressServer;
  let client: { readonly cert: Buffer; readonly key: Buffer };
  let stranger: { readonly cert: Buffer; readonly key: Buffer };

  const read = ({ certificateFile, keyFile }: Certificate) => ({
    cert: readFileSync(certificateFile),
    key: readFileSync(keyFile),
  });

  beforeAll(async () => {
    client = read(authority.sign('alice'));
    stranger = read(new Authority(directory.path, 'stranger').sign('mallory'));
    const files = createDocumentRoot(directory.path);
    server = await startHttps(
      ...['--https-only', '--http2', '--ssl-environment', '--document-root', files],
      ...['--ssl-certificate-file', certificate.certificateFile],
      ...['--ssl-certificate-key-file', certificate.keyFile],
      ...['--ssl-ca-certificate-file', authority.certificateFile, '--ssl-verify-client', '/Private'],
    );
  }, 30_000);

  afterAll(async () => {
    await server.stop();
  });

  test.each(['/', '/a%2Fb%3Fc%20d?e=%3F&f', '/a//b/../c?', '/Private', '/%E2%98%83'])(
    'HTTP is redirected to the same host, path and query: %s',
    async (target) => {
      const { status, headers } = await request(server.url, { path: target, method: 'POST', body: 'x' });

      expect([status, headers.location]).toEqual([308, `https://127.0.0.1:${httpsPort}${target}`]);
    },
  );

  test('a redirect leaves the port of HTTP behind', async () => {
    const { headers } = await request(server.url, { headers: { Host: '[::1]:81' }, path: '/x' });

    expect(headers.location).toBe(`https://[::1]:${httpsPort}/x`);
  });

  describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
    const secure = (target: string, options = {}) =>
      secureRequest(`https://localhost:${httpsPort}${target}`, {
        ca: authority.certificate,
        minVersion: version,
        maxVersion: version,
        ...options,
      });

    test.each(['/private', '/Private/file.txt', '/PRIVATE/a', '/x/..//%70rivate/'])(
      'without a certificate %s is refused',
      async (target) => {
        expect((await secure(target)).status).toBe(403);
      },
    );

    test('and the rest is not', async () => {
      expect((await secure('/privateer')).status).toBe(200);
    });

    test('with a certificate a file there is served', async () => {
      expect(await secure('/Private/file.txt', client)).toMatchObject({ status: 200, text: 'a secret' });
    });

    test('with a certificate the app is told whose', async () => {
      const { text } = await secure('/private/app', client);

      expect(JSON.parse(text)).toMatchObject({
        ssl: {
          SSL_CLIENT_VERIFY: 'SUCCESS',
          SSL_CLIENT_S_DN: 'CN=alice',
          SSL_CLIENT_S_DN_CN: 'alice',
          SSL_PROTOCOL: version,
          SSL_SERVER_S_DN_CN: 'localhost',
        },
      });
    });

    test('a certificate that somebody else has signed is refused', async () => {
      await expect(secure('/', stranger)).rejects.toMatchObject({ code: expect.any(String) });
    });
  });

  test('over HTTP/2 the same certificate does', async () => {
    const session = connect(`https://localhost:${httpsPort}`, { ca: authority.certificate, ...client });
    const stream = session.request({ ':path': '/private/app' });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    stream.resume();
    session.close();

    expect(headers[':status']).toBe(200);
  });
});

describe('certificates of clients for everything', () => {
  let server: ExpressServer;
  let client: Certificate;

  beforeAll(async () => {
    client = authority.sign('bob');
    server = await startHttps(
      ...['--ssl-certificate', certificate.prefix, '--ssl-protocol', 'TLSv1.3'],
      ...['--ssl-ca-certificate-file', authority.certificateFile],
    );
  }, 30_000);

  afterAll(async () => {
    await server.stop();
  });

  test('with one a request is answered', async () => {
    const own = { cert: readFileSync(client.certificateFile), key: readFileSync(client.keyFile) };

    expect(await ask('/', own)).toMatchObject({ secure: true });
  });

  test('without one there is no connection, and over HTTP no answer but 403', async () => {
    await expect(ask('/')).rejects.toMatchObject({ code: expect.any(String) });
    expect((await request(`${server.url}/`)).status).toBe(403);
  });

  test('a version of TLS that was not named is refused', async () => {
    await expect(ask('/', { maxVersion: 'TLSv1.2' })).rejects.toMatchObject({ code: expect.any(String) });
  });
});

test('a port for HTTPS that is taken is named, and nothing is left running', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const result = await runExpress([
    ...['start-server', app, '--host', '127.0.0.1', '--port', String(await findFreePort())],
    ...['--https-port', String(port), '--ssl-certificate', certificate.prefix],
    ...['--server-root', path.join(directory.path, 'taken')],
  ]);
  taken.close();

  expect(result.status).toBe(1);
  expect(result.stderr).toContain(`cannot listen on 127.0.0.1:${port}`);
  expect(existsSync(path.join(directory.path, 'taken'))).toBe(false);
});

test('a certificate that has expired is refused before anything is written', async () => {
  const { prefix } = authority.sign('expired', { days: -1 });
  const result = await runExpress([
    ...['start-server', app, '--https-port', String(httpsPort), '--ssl-certificate', prefix],
    ...['--server-root', path.join(directory.path, 'expired-root')],
  ]);

  expect([result.status, result.stdout]).toEqual([2, '']);
  expect(result.stderr).toContain('has expired on');
  expect(existsSync(path.join(directory.path, 'expired-root'))).toBe(false);
});

/** As root, httpd's children read it under their own account. */
function createDocumentRoot(parent: string): string {
  const root = path.join(parent, 'files');
  mkdirSync(path.join(root, 'Private'), { recursive: true });
  writeFileSync(path.join(root, 'Private', 'file.txt'), 'a secret');
  return root;
}
