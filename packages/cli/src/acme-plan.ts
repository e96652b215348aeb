/** Options about ACME → what mod_md is told, checked. Writes nothing. */
import { type Stats, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { type TemplateInput } from '@httpd-express/templates';

import { readCertificates } from './certificates.ts';
import { PathError } from './errors.ts';
import { type serverOptions } from './options.ts';
import { requireDirectory } from './require-path.ts';
import { type ResolvedSettings } from './settings.ts';

type Tls = NonNullable<TemplateInput['tls']>;

/** What planTls is told about it. */
export interface AcmePlan {
  readonly acme: NonNullable<Tls['acme']>;
  readonly names: readonly string[];
  readonly warnings: readonly string[];
}

const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';

/** What mod_md puts into a new store. */
const STORE_MARK = 'md_store.json';

/**
 * Undefined without `--acme`. The store may not exist yet.
 *
 * @throws {PathError} ERR_CLI_PATH
 * @throws {CertificateError} ERR_CLI_CERTIFICATE
 */
export function planAcme(
  resolved: ResolvedSettings<typeof serverOptions>,
  serverRoot: string,
): AcmePlan | undefined {
  const { settings, sources } = resolved;
  const { acme: domains, acmeContact: contact, acmeDirectory, acmeCaCertificateFile: caFile } = settings;
  const [first, ...others] = new Set(domains);
  if (first === undefined || contact === undefined) return undefined;
  const storeDirectory = settings.acmeStore ?? defaultAcmeStore(serverRoot);
  requireStore(resolved, storeDirectory);
  if (caFile !== undefined) readCertificates({ given: sources.acmeCaCertificateFile.name, path: caFile });
  return {
    names: [first, ...others],
    warnings: findWarnings(resolved),
    acme: {
      domains: [first, ...others],
      contact,
      directoryUrl: acmeDirectory ?? LETS_ENCRYPT,
      ...(caFile !== undefined && { caFile }),
      storeDirectory,
    },
  };
}

/** Where certificates are kept, in a server root. */
export function defaultAcmeStore(serverRoot: string): string {
  return path.join(serverRoot, 'acme');
}

/** Keys are kept there, and its mode will be set: it is ours, and nothing else is in it. */
function requireStore(
  { settings: { acmeStore }, sources }: ResolvedSettings<typeof serverOptions>,
  store: string,
): void {
  const given = acmeStore === undefined ? 'the store of --acme' : sources.acmeStore.name;
  const fail = (problem: string) => {
    throw new PathError(given, store, problem);
  };
  const stats = findStats(store);
  if (stats === undefined) {
    if (acmeStore !== undefined) requireDirectory(given, path.dirname(store));
    return;
  }
  requireDirectory(given, store);
  if (stats.isSymbolicLink()) fail('expected a directory, not a link to one');
  if (stats.uid !== process.geteuid?.()) fail(`belongs to uid ${stats.uid}`);
  if ((stats.mode & 0o022) !== 0) fail('can be written to by others');
  const entries = readdirSync(store);
  if (entries.length > 0 && !entries.includes(STORE_MARK))
    fail('expected an empty directory or a store of mod_md, this has other files in it');
}

function findStats(file: string): Stats | undefined {
  try {
    return lstatSync(file);
  } catch {
    return undefined; // what keeps us from it is said about the directory it is in
  }
}

/** What keeps a certificate from being issued, or from being enough, as far as it can be seen from here. */
function findWarnings({ settings, sources }: ResolvedSettings<typeof serverOptions>): string[] {
  const { acme: domains, port, httpsPort, serverName, serverAlias, serverRoot, acmeStore } = settings;
  const given = sources.acme.name;
  const wanted = [serverName, serverName?.replace(/^www\./, ''), ...serverAlias].filter(
    (name) => name !== undefined && !/[*?]/.test(name) && !domains.includes(name),
  );
  const isOnStandardPorts = port === 80 && httpsPort === 443;
  return [
    ...[...new Set(wanted)].map((name) => `${given}: the certificate will not be for ${name}`),
    ...(isOnStandardPorts
      ? []
      : [
          `${given}: the authority connects to ports 80 and 443, which must lead to ${port} and ${httpsPort}`,
        ]),
    ...(serverRoot === undefined && acmeStore === undefined
      ? [`${given}: the certificate is kept in a temporary directory: choose with --acme-store`]
      : []),
  ];
}
