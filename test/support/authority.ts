import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A certificate that was signed, with its key. */
export interface Certificate {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** What both begin with: `<prefix>.crt` and `<prefix>.key`. */
  readonly prefix: string;
}

/** A certificate authority of our own, in a directory; made with openssl. */
export class Authority {
  readonly certificateFile: string;
  readonly #directory: string;
  readonly #keyFile: string;

  constructor(directory: string, name = 'authority') {
    this.#directory = directory;
    this.certificateFile = path.join(directory, `${name}.crt`);
    this.#keyFile = path.join(directory, `${name}.key`);
    const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
    openssl([
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', `/CN=${name}`, '-days', '2', '-keyout', this.#keyFile, '-out', this.certificateFile],
      ...extensions.flatMap((extension) => ['-addext', extension]),
    ]);
  }

  get certificate(): Buffer {
    return readFileSync(this.certificateFile);
  }

  /** What tells one certificate from another. */
  serialOf({ certificateFile }: Certificate): string {
    return new X509Certificate(readFileSync(certificateFile)).serialNumber;
  }

  /** Signs a certificate for a subject; `names` as in subjectAltName: `DNS:example.com`. Negative days: it has expired. */
  sign(name: string, { names = [] as readonly string[], days = 2, rsa = false } = {}): Certificate {
    const prefix = path.join(this.#directory, name.replace(/\W+/g, '-'));
    const [keyFile, certificateFile, extensionFile] = [`${prefix}.key`, `${prefix}.crt`, `${prefix}.ext`];
    const alternative = names.length === 0 ? '' : `subjectAltName=${names.join(',')}\n`;
    writeFileSync(extensionFile, `basicConstraints=CA:FALSE\n${alternative}`);
    const kind = rsa ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const request = openssl([
      'req',
      '-new',
      '-newkey',
      ...kind,
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      keyFile,
    ]);
    const signed = openssl(
      [
        ...['x509', '-req', '-CA', this.certificateFile, '-CAkey', this.#keyFile, '-CAcreateserial'],
        ...['-days', String(days), '-extfile', extensionFile],
      ],
      request,
    );
    writeFileSync(certificateFile, signed);
    chmodSync(keyFile, 0o600);
    return { certificateFile, keyFile, prefix };
  }
}

function openssl(args: readonly string[], input = ''): string {
  return execFileSync('openssl', args, { input, encoding: 'utf8', stdio: 'pipe' });
}
