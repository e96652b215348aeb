import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { CertificatePairError } from './errors.ts';
import { type CertificateFiles } from './supervisor-settings.ts';

/**
 * What `httpd -t` does not look at (2.4.71): of a pair that does not match, httpd dies in a graceful restart.
 *
 * @throws {CertificatePairError} ERR_SUPERVISOR_CERTIFICATE_PAIR
 */
export async function requireCertificatePair({
  certificateFile,
  keyFile,
}: NonNullable<CertificateFiles['pair']>): Promise<void> {
  const fail = (problem: string, cause?: unknown) =>
    new CertificatePairError(certificateFile, keyFile, problem, cause);
  const matches = await readPair(certificateFile, keyFile).catch((error: unknown) => {
    throw fail((error as Error).message, error);
  });
  if (!matches) throw fail('they do not belong together');
}

async function readPair(certificateFile: string, keyFile: string): Promise<boolean> {
  const [certificate, key] = await Promise.all([readFile(certificateFile), readFile(keyFile)]);
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
}
