/** Certificates that an ACME authority issues, from the first request for one to the connection that is shown it. */
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { giveAway, noUnprivileged, unprivileged } from '../support/accounts.ts';
import { AcmeAuthority, hasAcmeAuthority } from '../support/acme-authority.ts';
import { runExpress } from '../support/express-command.ts';
import { ExpressServer } from '../support/express-server.ts';
import { findFreePort } from '../support/free-port.ts';
import { request } from '../support/http-request.ts';
import { secureRequest } from '../support/https-request.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const app = path.join(import.meta.dirname, '../fixtures/apps/connection.mjs');
const isRequired = process.env['REQUIRE_PEBBLE'] === '1';

if (!hasAcmeAuthority)
  console.warn('pebble is missing (Debian: package pebble): --acme is not tested end to end');
if (noUnprivileged !== undefined) console.warn(`--acme is not tested without privileges: ${noUnprivileged}`);

test('the ACME authority is there where it was promised', () => {
  expect({ isRequired, hasAcmeAuthority }).not.toEqual({ isRequired: true, hasAcmeAuthority: false });
});

const accounts = [
  ['as whoever runs the tests', 'tls-alpn-01', {}],
  ...(noUnprivileged === undefined ? ([['without privileges', 'http-01', unprivileged]] as const) : []),
] as const;

(hasAcmeAuthority ? describe : describe.skip).each(accounts)('%s, by %s', (_who, challenge, options) => {
  let directory: ReturnType<typeof createTemporaryDirectory>;
  let authority: AcmeAuthority;
  let server: ExpressServer;
  let store: string;
  let url: string;
  let httpUrl: string;

  beforeAll(async () => {
    directory = createTemporaryDirectory();
    const [port, httpsPort] = [await findFreePort(), await findFreePort()];
    authority = await AcmeAuthority.start(directory.path, { httpPort: port, httpsPort });
    store = path.join(giveAway(makeDirectory(directory.path, 'kept')), 'store');
    const include = path.join(directory.path, 'include.conf');
    writeFileSync(include, `MDCAChallenges ${challenge}\n`);
    httpUrl = `http://127.0.0.1:${port}`;
    url = `https://127.0.0.1:${httpsPort}`;
    // Everything that stands in the way of the authority: redirects, and host names that are refused.
    server = await ExpressServer.start(
      [
        ...[app, '--https-port', String(httpsPort), '--https-only', '--server-name', 'other.example.test'],
        ...['--acme', 'www.example.test', '--acme', 'example.test', '--acme-store', store],
        ...['--acme-contact', 'admin@example.test', '--acme-agree', '--include-file', include],
        ...['--acme-directory', authority.directoryUrl, '--acme-ca-certificate-file', authority.caFile],
      ],
      { ...options, listen: () => ({ args: ['--host', '127.0.0.1', '--port', String(port)] }) },
    );
  }, 30_000);

  afterAll(async () => {
    await server.stop();
    await authority.stop();
    directory.remove();
  });

  const ask = async (servername: string) =>
    secureRequest(url, {
      servername,
      ca: await authority.findRoot(),
      headers: { Host: 'other.example.test' },
    });

  test('a certificate is issued and served, for every name', async () => {
    await waitFor(
      () =>
        ask('www.example.test').then(
          () => true,
          () => false,
        ),
      { within: 20_000, what: `the certificate, after: ${server.command.stderr}`, pauseMs: 100 },
    );

    expect((await ask('www.example.test')).status).toBe(200);
    expect((await ask('example.test')).status).toBe(200);
  }, 25_000);

  test('the authority was answered that way', () => {
    const job = readFileSync(path.join(store, 'domains/www.example.test/job.json'), 'utf8');

    expect(job).toContain(`challenge-setup:${challenge}:example.test`);
  });

  test('what the certificate will not be for, and which ports must lead here, was warned of', () => {
    expect(server.command.stderr).toContain('--acme: the certificate will not be for other.example.test');
    expect(server.command.stderr).toMatch(
      /--acme: the authority connects to ports 80 and 443, which must lead/,
    );
  });

  test('httpd took it up without a new worker', () => {
    expect(server.errorLog).toContain('the authority has issued a certificate: httpd reads its certificates');
    expect(server.errorLog).not.toContain('generation 2');
  });

  test('other accounts cannot look into the store', () => {
    expect(statSync(store).mode & 0o007).toBe(0);
    expect(readdirSync(path.join(store, 'domains/www.example.test'))).toContain('privkey.secp256r1.pem');
  });

  test('what mod_md knows is told to nobody', async () => {
    const { status } = await secureRequest(`${url}/.httpd/certificate-status`, {
      servername: 'www.example.test',
      ca: await authority.findRoot(),
      headers: { Host: 'www.example.test' },
    });

    expect(status).toBe(403);
  });

  test('a challenge that is not one is no way past the redirect', async () => {
    const { status } = await request(httpUrl, {
      path: '/.well-known/acme-challenge/x',
      headers: { Host: 'other.example.test' },
    });

    expect(status).toBe(308);
  });
});

test('options that do not go together end with status 2, and nothing is written', async () => {
  const { path: parent, remove } = createTemporaryDirectory();
  const root = path.join(parent, 'root');
  const result = await runExpress([
    ...['start-server', app, '--server-root', root, '--https-port', '8443'],
    ...['--acme', 'www.example.test', '--acme-contact', 'admin@example.test'],
  ]);

  expect([result.status, result.stdout, existsSync(root)]).toEqual([2, '', false]);
  expect(result.stderr).toContain('--acme: needs --acme-agree');
  remove();
});

function makeDirectory(parent: string, name: string): string {
  const directory = path.join(parent, name);
  mkdirSync(directory);
  return directory;
}
