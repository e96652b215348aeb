/** What happens to a certificate that is replaced while httpd serves. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { requireCertificatePair } from '../src/certificate-pair.ts';
import { Supervisor } from '../src/supervisor.ts';
import { afterThisTest, createFakeRoot, createTemporaryDirectory, fixturePath, waitFor } from './support.ts';

/** A pair in a directory. */
function createPair(directory: string, name: string): { certificateFile: string; keyFile: string } {
  const [certificateFile, keyFile] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', `/CN=${name}`, '-keyout', keyFile, '-out', certificateFile],
    ],
    { stdio: 'pipe' },
  );
  return { certificateFile, keyFile };
}

/** A supervisor that serves the pair `used`, with `next` to replace it. */
async function start() {
  const directory = createTemporaryDirectory();
  const [used, next] = [createPair(directory, 'used'), createPair(directory, 'next')];
  const acmeJobFile = join(directory, 'job.json');
  const root = await createFakeRoot({ settings: { certificates: { pair: used, others: [], acmeJobFile } } });
  const supervisor = new Supervisor(root.settings, {
    bridgeMainPath: fixturePath('fake-bridge.mjs'),
    stdout: { write: () => true },
  });
  afterThisTest(async () => {
    supervisor.stop('SIGTERM');
    supervisor.stop('SIGTERM');
    await supervisor.run();
  });
  await supervisor.start();
  const gracefuls = () => root.events().filter((event) => event === 'httpd graceful').length;
  return { root, supervisor, used, next, acmeJobFile, gracefuls };
}

describe('a certificate that is replaced in its place', () => {
  test('is taken up by httpd alone, once it belongs to its key', async () => {
    const { root, used, next, gracefuls } = await start();
    copyFileSync(next.certificateFile, used.certificateFile);
    await waitFor(() => root.log().includes('do not belong together'), 'the mismatch to be logged');
    expect(gracefuls()).toBe(0);
    copyFileSync(next.keyFile, used.keyFile);
    await waitFor(() => gracefuls() === 1, 'httpd to be told');

    expect(root.log()).toContain(`${used.keyFile} changed: httpd reads its certificates again`);
    expect(root.events()).not.toContain('bridge roll');
  });

  test('is taken up once by a reload, and not again by itself', async () => {
    const { root, supervisor, used, next, gracefuls } = await start();
    copyFileSync(next.certificateFile, used.certificateFile);
    copyFileSync(next.keyFile, used.keyFile);
    await supervisor.reload();
    await waitFor(() => gracefuls() === 1, 'httpd to be told');
    const later = performance.now() + 2500;
    await waitFor(() => performance.now() > later, 'what takes two looks otherwise');

    expect(gracefuls()).toBe(1);
    expect(root.log()).not.toContain('reads its certificates again');
  });

  test('stops a reload and a restart as long as it does not belong to its key', async () => {
    const { root, supervisor, used, next } = await start();
    copyFileSync(next.keyFile, used.keyFile);
    const refused = { code: 'ERR_SUPERVISOR_CERTIFICATE_PAIR' };

    await expect(supervisor.reload()).rejects.toMatchObject(refused);
    await expect(supervisor.restart()).rejects.toMatchObject(refused);
    expect(root.events()).toEqual(['bridge start', 'httpd start']);
  });
});

test('a certificate that mod_md has got is taken up when it is complete', async () => {
  const { root, acmeJobFile, gracefuls } = await start();
  writeFileSync(acmeJobFile, '{ "name": "example.test", "finished": false }');
  writeFileSync(`${acmeJobFile}.new`, '{ "name": "example.test", "finished": true }');
  renameSync(`${acmeJobFile}.new`, acmeJobFile);
  await waitFor(() => gracefuls() === 1, 'httpd to be told');

  expect(root.log()).toContain('the authority has issued a certificate: httpd reads');
});

test.each(['absent', 'empty'])('a certificate file that is %s is no certificate', async (kind) => {
  const directory = createTemporaryDirectory();
  const { keyFile } = createPair(directory, 'any');
  const certificateFile = join(directory, kind);
  if (kind === 'empty') writeFileSync(certificateFile, '');

  await expect(requireCertificatePair({ certificateFile, keyFile })).rejects.toMatchObject({
    code: 'ERR_SUPERVISOR_CERTIFICATE_PAIR',
    message: expect.stringContaining(certificateFile),
  });
});
