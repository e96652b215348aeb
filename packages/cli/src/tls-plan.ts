/** Options about HTTPS → what is served with which files, checked. Reads them, writes nothing. */
import { type TemplateInput } from '@httpd-express/templates';

import { planAcme } from './acme-plan.ts';
import {
  type NamedFile,
  findHostName,
  findCertificateWarnings,
  readCertificates,
  readPrivateKey,
  requirePair,
} from './certificates.ts';
import { OptionConflictError } from './errors.ts';
import { type ServerSettings, type serverOptions } from './options.ts';
import { selfSignedFiles } from './self-signed.ts';
import { type ResolvedSettings } from './settings.ts';

type TlsInput = NonNullable<TemplateInput['tls']>;

/** How HTTPS is served, and what is not quite right about it. */
export interface TlsPlan {
  readonly tls: TlsInput;
  readonly warnings: readonly string[];
}

/** What every browser since 2018 speaks: an ephemeral key exchange and authenticated encryption. TLS 1.3 has only such. */
const modernCiphers = [
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
].join(':');

/** Where `--https-self-signed` listens when no port is named. */
const DEVELOPMENT_PORT = 8443;

/** The port of HTTPS; undefined where there is none. */
export function httpsPortOf({
  httpsPort,
  httpsSelfSigned,
}: Pick<ServerSettings, 'httpsPort' | 'httpsSelfSigned'>): number | undefined {
  return httpsPort ?? (httpsSelfSigned ? DEVELOPMENT_PORT : undefined);
}

/** What a self-signed certificate is for beside this machine's own names: those its URLs may have. */
export function selfSignedNames({ serverName, serverAlias, host }: ServerSettings): string[] {
  const isEveryAddress = host === undefined || host === '0.0.0.0' || host === '::';
  // A certificate's wildcard is a whole first label. RFC 9525 §6.3.
  const aliases = serverAlias.filter((alias) => !/[*?]/.test(alias.replace(/^\*\./, '')));
  // The name without www. is redirected, and a client reaches the redirect with a certificate only.
  const names = serverName === undefined ? [] : [serverName, serverName.replace(/^www\./, '')];
  return [...names, ...aliases, ...(isEveryAddress ? [] : [host])];
}

/**
 * Undefined without HTTPS. Self-signed files may not exist yet.
 *
 * @throws {OptionConflictError} ERR_CLI_OPTION_CONFLICT
 * @throws {PathError} ERR_CLI_PATH
 * @throws {CertificateError} ERR_CLI_CERTIFICATE
 */
export function planTls(
  resolved: ResolvedSettings<typeof serverOptions>,
  serverRoot: string,
): TlsPlan | undefined {
  const { settings, sources } = resolved;
  const { hstsPolicy } = settings;
  const port = httpsPortOf(settings);
  if (port === undefined) return undefined;
  if (port === settings.port)
    throw new OptionConflictError(`${sources.httpsPort.name} ${port}`, `is the port of HTTP as well`);
  const { warnings, ...files } = planCertificate(resolved, serverRoot);
  return {
    warnings,
    tls: {
      port,
      ...files,
      protocols: settings.sslProtocol.length === 0 ? ['TLSv1.2', 'TLSv1.3'] : settings.sslProtocol,
      cipherSuite: settings.sslCipherSuite ?? modernCiphers,
      ...toClients(resolved),
      environment: settings.sslEnvironment,
      only: settings.httpsOnly,
      ...(hstsPolicy !== undefined && { hstsPolicy }),
    },
  };
}

type CertificatePlan = Pick<TlsPlan, 'warnings'> & Pick<TlsInput, 'pair' | 'chainFile' | 'acme' | 'names'>;

function planCertificate(
  resolved: ResolvedSettings<typeof serverOptions>,
  serverRoot: string,
): CertificatePlan {
  const { settings, sources } = resolved;
  if (settings.acme.length > 0) {
    if (settings.httpsSelfSigned)
      throw new OptionConflictError(sources.httpsSelfSigned.name, 'contradicts --acme');
    requireNoFiles(resolved, '--acme');
  }
  const acme = planAcme(resolved, serverRoot);
  if (acme !== undefined) return acme;
  if (!settings.httpsSelfSigned) return requireCertificate(findFiles(resolved), settings);
  requireNoFiles(resolved, '--https-self-signed');
  const names = settings.serverName === undefined ? { names: ['localhost'] } : {};
  return { pair: selfSignedFiles(serverRoot), ...names, warnings: [] };
}

/** @throws {OptionConflictError} ERR_CLI_OPTION_CONFLICT */
function requireNoFiles(
  { settings, sources }: ResolvedSettings<typeof serverOptions>,
  instead: string,
): void {
  const given = (['sslCertificate', 'sslCertificateFile', 'sslCertificateChainFile'] as const).find(
    (key) => settings[key] !== undefined,
  );
  if (given !== undefined) throw new OptionConflictError(sources[given].name, `contradicts ${instead}`);
}

interface CertificateFiles {
  readonly certificate: NamedFile;
  readonly key: NamedFile;
  readonly chain?: NamedFile;
}

function findFiles({ settings, sources }: ResolvedSettings<typeof serverOptions>): CertificateFiles {
  const { sslCertificate, sslCertificateFile, sslCertificateKeyFile, sslCertificateChainFile } = settings;
  const chain = sslCertificateChainFile !== undefined && {
    chain: { given: sources.sslCertificateChainFile.name, path: sslCertificateChainFile },
  };
  if (sslCertificate !== undefined) {
    if (sslCertificateFile !== undefined)
      throw new OptionConflictError(sources.sslCertificate.name, 'is the same as --ssl-certificate-file');
    const given = sources.sslCertificate.name;
    return {
      certificate: { given, path: `${sslCertificate}.crt` },
      key: { given, path: `${sslCertificate}.key` },
      ...chain,
    };
  }
  if (sslCertificateFile === undefined)
    throw new OptionConflictError(
      sources.httpsPort.name,
      'needs a certificate: --ssl-certificate PREFIX, --ssl-certificate-file with --ssl-certificate-key-file, --https-self-signed, or --acme',
    );
  if (sslCertificateKeyFile === undefined)
    throw new OptionConflictError(sources.sslCertificateFile.name, 'needs --ssl-certificate-key-file');
  return {
    certificate: { given: sources.sslCertificateFile.name, path: sslCertificateFile },
    key: { given: sources.sslCertificateKeyFile.name, path: sslCertificateKeyFile },
    ...chain,
  };
}

function requireCertificate(
  { certificate, key, chain }: CertificateFiles,
  { serverName }: ServerSettings,
): CertificatePlan {
  const certificates = readCertificates(certificate);
  requirePair(certificate, certificates, key, readPrivateKey(key));
  if (chain !== undefined) readCertificates(chain);
  const names = serverName === undefined ? [] : [serverName];
  const ownName = serverName === undefined ? findHostName(certificates[0]) : undefined;
  return {
    pair: { certificateFile: certificate.path, keyFile: key.path },
    ...(ownName !== undefined && { names: [ownName] }),
    ...(chain !== undefined && { chainFile: chain.path }),
    warnings: findCertificateWarnings(certificate, certificates[0], key, names),
  };
}

function toClients({ settings, sources }: ResolvedSettings<typeof serverOptions>): Pick<TlsInput, 'clients'> {
  const { sslCaCertificateFile: caFile, sslVerifyClient, sslVerifyDepth } = settings;
  if (caFile === undefined) return {};
  readCertificates({ given: sources.sslCaCertificateFile.name, path: caFile });
  return { clients: { caFile, verifyDepth: sslVerifyDepth ?? 1, paths: sslVerifyClient } };
}
