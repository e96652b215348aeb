/** HTTPS as a client sees it: certificates, protocols, redirects, client certificates. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { Authority, type Certificate } from '../support/authority.ts';
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

  test('the key is not in what is written', () => {
    const written = ['httpd.conf', 'settings.json'].map((name) =>
      readFileSync(path.join(server.serverRoot, name), 'utf8'),
    );

    expect(written.join('')).not.toContain('PRIVATE KEY');
  });
});
