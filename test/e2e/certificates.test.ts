/** Certificates that are replaced while requests go on. */
import { X509Certificate } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { type TLSSocket, connect } from 'node:tls';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { Authority, type Certificate } from '../support/authority.ts';
import { ExpressServer } from '../support/express-server.ts';
import { findFreePort } from '../support/free-port.ts';
import { secureRequest } from '../support/https-request.ts';
import { runProgram } from '../support/run-program.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const app = path.join(import.meta.dirname, '../fixtures/apps/connection.mjs');

describe('a certificate that is renewed in its place', () => {
  let directory: ReturnType<typeof createTemporaryDirectory>;
  let authority: Authority;
  let served: Certificate;
  let server: ExpressServer;
  let httpsPort: number;

  beforeAll(async () => {
    directory = createTemporaryDirectory();
    authority = new Authority(directory.path);
    served = authority.sign('served', { names: ['DNS:localhost'] });
    httpsPort = await findFreePort();
    server = await ExpressServer.start([
      ...[app, '--https-port', String(httpsPort), '--ssl-certificate', served.prefix],
    ]);
  }, 30_000);

  afterAll(async () => {
    await server.stop();
    directory.remove();
  });

  /** What a new connection is shown. */
  const findSerial = () =>
    new Promise<string>((resolve, reject) => {
      const socket: TLSSocket = connect(
        { port: httpsPort, servername: 'localhost', ca: authority.certificate },
        () => {
          resolve(new X509Certificate(socket.getPeerCertificate().raw).serialNumber);
          socket.destroy();
        },
      ).on('error', reject);
    });

  function replace(): string {
    const next = authority.sign('next', { names: ['DNS:localhost'] });
    copyFileSync(next.keyFile, served.keyFile);
    copyFileSync(next.certificateFile, served.certificateFile);
    return authority.serialOf(next);
  }

  test.each([
    ['by itself', () => undefined],
    ['at once on HUP', () => server.command.child.kill('SIGHUP')],
    [
      'at once on apachectl graceful',
      () => runProgram(path.join(server.serverRoot, 'apachectl'), ['graceful']),
    ],
  ])('is served %s, and no request fails', async (_how, ask) => {
    let isOver = false;
    const answers = [0, 1, 2].map(async () => {
      const statuses = new Set<number>();
      while (!isOver)
        statuses.add(
          (await secureRequest(`https://localhost:${httpsPort}/`, { ca: authority.certificate })).status,
        );
      return statuses;
    });
    const serial = replace();
    await ask();
    await waitFor(async () => (await findSerial()) === serial, {
      within: 10_000,
      what: 'the new certificate',
    });
    isOver = true;

    expect(await Promise.all(answers)).toEqual(answers.map(() => new Set([200])));
  });

  test('stays where the new one is not that of the key, and the log says why', async () => {
    const serial = await findSerial();
    copyFileSync(authority.sign('stranger').certificateFile, served.certificateFile);
    await waitFor(() => server.errorLog.includes('they do not belong together'), {
      within: 10_000,
      what: 'the line in the log',
    });
    const graceful = await runProgram(path.join(server.serverRoot, 'apachectl'), ['graceful']);

    expect(graceful).toMatchObject({ status: 1, stderr: expect.stringContaining(served.keyFile) });
    expect(await findSerial()).toBe(serial);
  });
});
