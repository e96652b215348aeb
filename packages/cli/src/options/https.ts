/** Options about HTTPS. What the files must be is checked in certificates.ts. */
import { type OptionTable } from '../option-spec.ts';
import { filePath, oneOf, onOff, urlPath, wholeNumber } from '../option-values.ts';
import { cipherSuite, hstsPolicy } from './https-values.ts';

export const httpsOptions = {
  httpsPort: {
    flags: '--https-port <number>',
    defaultNote: 'none, or 8443 with --https-self-signed',
    parse: wholeNumber(1, 65535),
    section: 'HTTPS',
    help: `A second port, for HTTPS.
Needs a certificate: --ssl-certificate, --ssl-certificate-file with --ssl-certificate-key-file, or --https-self-signed.`,
  },
  httpsSelfSigned: {
    flags: '--https-self-signed',
    default: 'off',
    parse: onOff,
    section: 'HTTPS',
    help: `HTTPS with a certificate of our own making, for development; on port 8443 unless --https-port names another.
It is for localhost, 127.0.0.1, ::1, --host, --server-name and --server-alias, and is kept in the server root as self-signed.crt: import it, or tell the client to trust it.`,
  },
  sslCertificate: {
    flags: '--ssl-certificate <prefix>',
    parse: filePath,
    section: 'HTTPS',
    help: `Certificate and key: <prefix>.crt and <prefix>.key.
The same as --ssl-certificate-file and --ssl-certificate-key-file.`,
  },
  sslCertificateFile: {
    flags: '--ssl-certificate-file <file>',
    parse: filePath,
    section: 'HTTPS',
    help: `The certificate, PEM, followed by those that lead to the root.
What Let's Encrypt calls fullchain.pem. One that has expired or does not belong to the key is refused.`,
  },
  sslCertificateKeyFile: {
    flags: '--ssl-certificate-key-file <file>',
    parse: filePath,
    section: 'HTTPS',
    help: `The key of the certificate, PEM, without a pass phrase.
Only httpd's first process reads it: started as root, it may be readable by root alone.`,
  },
  sslCertificateChainFile: {
    flags: '--ssl-certificate-chain-file <file>',
    parse: filePath,
    section: 'HTTPS',
    help: 'Certificates that lead to the root, where they are not in the file of the certificate.',
  },
  sslCaCertificateFile: {
    flags: '--ssl-ca-certificate-file <file>',
    parse: filePath,
    section: 'HTTPS',
    help: `Clients need a certificate that one of these signed, PEM.
For everything, also what is asked over HTTP, which is answered 403; or with --ssl-verify-client for some URL paths.`,
  },
  sslVerifyClient: {
    flags: '--ssl-verify-client <url-path>',
    defaultNote: 'everything, with --ssl-ca-certificate-file',
    parse: urlPath,
    repeatable: true,
    section: 'HTTPS',
    help: `URL path that needs a certificate of the client.
Every client is then asked for one when it connects, and may go on without: only requests under these paths are answered 403.`,
  },
  sslVerifyDepth: {
    flags: '--ssl-verify-depth <n>',
    defaultNote: '1',
    parse: wholeNumber(0, 100),
    section: 'HTTPS',
    help: 'Certificates between that of a client and the one in --ssl-ca-certificate-file, which counts.',
  },
  sslEnvironment: {
    flags: '--ssl-environment',
    default: 'off',
    parse: onOff,
    section: 'HTTPS',
    help: `Tell the app about the TLS connection and the certificates, as SSL_* variables.
The app reads them from \`req.socket.variables\`.`,
  },
  sslProtocol: {
    flags: '--ssl-protocol <name>',
    defaultNote: 'TLSv1.2 and TLSv1.3',
    parse: oneOf('TLSv1.2', 'TLSv1.3'),
    repeatable: true,
    section: 'HTTPS',
    help: 'A version of TLS that is spoken; older ones are not safe.',
  },
  sslCipherSuite: {
    flags: '--ssl-cipher-suite <ciphers>',
    defaultNote: 'forward secrecy and authenticated encryption only',
    parse: cipherSuite,
    section: 'HTTPS',
    help: `Ciphers of TLS 1.2, as OpenSSL writes them.
Those of TLS 1.3 are all good and not touched.`,
  },
  httpsOnly: {
    flags: '--https-only',
    default: 'off',
    parse: onOff,
    section: 'HTTPS',
    help: `Answer HTTP with a redirect to HTTPS.
308, which keeps method and body, to the same host, path and query.`,
  },
  hstsPolicy: {
    flags: '--hsts-policy <policy>',
    parse: hstsPolicy,
    section: 'HTTPS',
    help: `Tell browsers to use HTTPS only, such as "max-age=31536000; includeSubDomains".
Strict-Transport-Security of every answer over HTTPS, in place of the app's own. A browser cannot be told otherwise until the time is over.`,
  },
} satisfies OptionTable;
