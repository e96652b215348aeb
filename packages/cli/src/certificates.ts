/** Reads certificates and keys as httpd will, to say what is wrong with them before anything is written. */
import { type KeyObject, X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

import { CertificateError } from './errors.ts';
import { requireFile } from './require-path.ts';

/** A file and the option that names it. */
export interface NamedFile {
  readonly given: string;
  readonly path: string;
}

/** Expiry that is this near is worth a warning. */
const SOON_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * The certificates of a PEM file, in order.
 *
 * @throws {PathError} ERR_CLI_PATH
 * @throws {CertificateError} ERR_CLI_CERTIFICATE when there is none, or one that cannot be read
 */
export function readCertificates({ given, path }: NamedFile): [X509Certificate, ...X509Certificate[]] {
  requireFile(given, path);
  const text = readFileSync(path, 'latin1');
  const blocks = text.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END [^-]+-----/g) ?? [];
  const [first, ...others] = blocks.map((block) => parseCertificate(block, { given, path }));
  if (first === undefined)
    throw new CertificateError(given, path, `expected a certificate in PEM, found ${describe(text)}`);
  return [first, ...others];
}

/**
 * The private key of a PEM file.
 *
 * @throws {PathError} ERR_CLI_PATH
 * @throws {CertificateError} ERR_CLI_CERTIFICATE when there is none, or it needs a pass phrase
 */
export function readPrivateKey({ given, path }: NamedFile): KeyObject {
  requireFile(given, path);
  const text = readFileSync(path);
  // httpd would ask for the pass phrase on the terminal.
  if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(text.toString('latin1')))
    throw new CertificateError(
      given,
      path,
      'expected a key without a pass phrase',
      `openssl pkey -in ${path} -out a file that only httpd may read`,
    );
  try {
    return createPrivateKey(text);
  } catch {
    const found = describe(text.toString('latin1'));
    throw new CertificateError(given, path, `expected a private key in PEM, found ${found}`);
  }
}

/**
 * Makes sure that httpd can serve the certificate with the key.
 *
 * @throws {CertificateError} ERR_CLI_CERTIFICATE
 */
export function requirePair(
  certificate: NamedFile,
  [own, ...others]: readonly [X509Certificate, ...X509Certificate[]],
  keyFile: NamedFile,
  key: KeyObject,
): void {
  if (!own.checkPrivateKey(key))
    throw new CertificateError(
      keyFile.given,
      keyFile.path,
      `is not the key of the certificate in ${certificate.path}`,
      others.some((other) => other.checkPrivateKey(key))
        ? 'it is the key of a later certificate in that file: the own certificate comes first'
        : undefined,
    );
  const [from, to] = [Date.parse(own.validFrom), Date.parse(own.validTo)];
  if (Date.now() > to)
    throw new CertificateError(certificate.given, certificate.path, `has expired on ${own.validTo}`);
  if (Date.now() < from)
    throw new CertificateError(certificate.given, certificate.path, `is not valid before ${own.validFrom}`);
}

/** The first host name that a certificate is for, without wildcards. */
export function findHostName({ subjectAltName }: X509Certificate): string | undefined {
  return /(?:^|, )DNS:([a-z0-9][a-z0-9.-]*)(?:,|$)/i.exec(subjectAltName ?? '')?.[1];
}

/** What a person should know about a pair that can be served. */
export function findCertificateWarnings(
  certificate: NamedFile,
  own: X509Certificate,
  keyFile: NamedFile,
  hostNames: readonly string[],
): string[] {
  const missing = hostNames.filter((name) => own.checkHost(name) === undefined);
  return [
    ...missing.map((name) => `${certificate.given} ${certificate.path} is not for ${name}`),
    ...(Date.parse(own.validTo) < Date.now() + SOON_MS
      ? [`${certificate.given} ${certificate.path} expires on ${own.validTo}`]
      : []),
    // Not refused: a container's secrets are often mounted like this.
    ...(isReadableByOthers(keyFile.path)
      ? [`${keyFile.given} ${keyFile.path} is readable by every account of this machine: chmod o-r`]
      : []),
  ];
}

function isReadableByOthers(path: string): boolean {
  return (statSync(path).mode & 0o004) !== 0;
}

function parseCertificate(block: string, { given, path }: NamedFile): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch {
    throw new CertificateError(given, path, 'contains a certificate that cannot be read');
  }
}

/** What a file is in place of what it should be. */
function describe(text: string): string {
  const kind = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1];
  if (kind !== undefined) return `a ${kind.toLowerCase()}`;
  return text.trim() === '' ? 'an empty file' : 'no PEM at all';
}
