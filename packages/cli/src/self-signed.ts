/** `--https-self-signed`: a certificate for development, kept in the server root for as long as it will do. */
import { X509Certificate, createPrivateKey, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';

/** Files to be written into the server root, in the same terms as what templates render. */
interface SecretFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** What browsers accept at most, for a certificate that no authority signed either. */
const LIFETIME_DAYS = 397;
const DAY_MS = 24 * 60 * 60 * 1000;

/** One that ends within this time is replaced at a start. */
const RENEWAL_DAYS = 30;

const loopback = ['localhost', '127.0.0.1', '::1'];

/** Where the pair is, in a server root. */
export function selfSignedFiles(serverRoot: string): { certificateFile: string; keyFile: string } {
  return {
    certificateFile: path.join(serverRoot, 'self-signed.crt'),
    keyFile: path.join(serverRoot, 'self-signed.key'),
  };
}

/**
 * The files that are missing or will not do any more: none, or both. `names` are what the certificate is for beside
 * this machine's own names.
 */
export async function renewSelfSigned(serverRoot: string, names: readonly string[]): Promise<SecretFile[]> {
  const wanted = [...new Set([...loopback, ...names])];
  if (isStillGood(serverRoot, wanted)) return [];
  const { certificate, key } = await createPair(wanted);
  const { certificateFile, keyFile } = selfSignedFiles(serverRoot);
  return [
    { path: path.basename(certificateFile), text: certificate, mode: 0o600 },
    { path: path.basename(keyFile), text: key, mode: 0o600 },
  ];
}

function isStillGood(serverRoot: string, wanted: readonly string[]): boolean {
  const { certificateFile, keyFile } = selfSignedFiles(serverRoot);
  try {
    const certificate = new X509Certificate(readFileSync(certificateFile));
    return (
      certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile))) &&
      Date.parse(certificate.validFrom) <= Date.now() &&
      Date.parse(certificate.validTo) > Date.now() + RENEWAL_DAYS * DAY_MS &&
      wanted.every((name) => isFor(certificate, name))
    );
  } catch {
    return false; // absent or damaged: it is made anew
  }
}

function isFor(certificate: X509Certificate, name: string): boolean {
  if (name.startsWith('*.')) return certificate.subjectAltName?.includes(`DNS:${name}`) === true;
  return (isIP(name) > 0 ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
}

async function createPair(names: readonly string[]): Promise<{ certificate: string; key: string }> {
  // 60 ms, and only for development: not loaded with every command.
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=httpd-express development',
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + (LIFETIME_DAYS - 1) * DAY_MS),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) > 0 ? ('ip' as const) : ('dns' as const), value })),
      ),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { certificate: `${certificate.toString('pem')}\n`, key: toPem(key) };
}

function toPem(key: Buffer): string {
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
}
