/** Options about other servers → what is passed on to whom. Looks for the system's certificates, writes nothing. */
import { existsSync } from 'node:fs';

import { type TemplateInput } from '@httpd-express/templates';

import { OptionConflictError } from './errors.ts';
import { type ServerSettings, type serverOptions } from './options.ts';
import { type ResolvedSettings } from './settings.ts';

type ProxiesInput = NonNullable<TemplateInput['proxies']>;

/** Where distributions keep the certificates they trust: Debian, Red Hat, Alpine and BSD, SUSE. */
const caFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
  '/etc/ssl/ca-bundle.pem',
];

/** Whether a server is reached with TLS. */
export function hasTlsTarget({ proxyMountPoint, proxyVirtualHost }: ServerSettings): boolean {
  return [...proxyMountPoint, ...proxyVirtualHost].some(([, url]) => url.toLowerCase().startsWith('https:'));
}

/**
 * Undefined where nothing is passed on. SSL_CERT_FILE names the certificates to trust, as it does for OpenSSL.
 *
 * @throws {OptionConflictError} ERR_CLI_OPTION_CONFLICT
 */
export function planProxies(
  { settings, sources }: ResolvedSettings<typeof serverOptions>,
  env: NodeJS.ProcessEnv,
): ProxiesInput | undefined {
  const { proxyMountPoint: mounts, proxyVirtualHost: hosts, proxyTimeoutMs } = settings;
  if (mounts.length + hosts.length === 0) {
    if (proxyTimeoutMs === undefined) return undefined;
    throw new OptionConflictError(
      sources.proxyTimeoutMs.name,
      'needs --proxy-mount-point or --proxy-virtual-host',
    );
  }
  requireOnce(sources.proxyMountPoint.name, mounts);
  requireOnce(sources.proxyVirtualHost.name, hosts);
  return {
    mounts,
    hosts,
    ...(proxyTimeoutMs !== undefined && { timeoutSeconds: Math.ceil(proxyTimeoutMs / 1000) }),
    ...(hasTlsTarget(settings) && { caFile: findCaFile(env) }),
  };
}

function requireOnce(option: string, pairs: readonly (readonly [name: string, url: string])[]): void {
  const names = pairs.map(([name]) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new OptionConflictError(`${option} ${repeated}`, 'is given twice');
}

function findCaFile(env: NodeJS.ProcessEnv): string {
  const file = [env['SSL_CERT_FILE'] ?? '', ...caFiles].find((name) => name !== '' && existsSync(name));
  if (file !== undefined) return file;
  throw new OptionConflictError(
    'a server behind https:',
    `needs the certificates it is checked with, and none of ${caFiles.join(', ')} exists: install ca-certificates, or name a file in SSL_CERT_FILE`,
  );
}
