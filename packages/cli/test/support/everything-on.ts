import path from 'node:path';

import { PAIR_SEPARATOR, parseFlags } from '../../src/option-spec.ts';
import { serverOptions } from '../../src/options.ts';
import { HARMLESS } from './hostile-places.ts';

export type Key = keyof typeof serverOptions;

/** They contradict others, or choose another way for everything. */
const refusedSwitches: ReadonlySet<string> = new Set([
  'acmeAgree',
  'httpsSelfSigned',
  'ignoreConfig',
  'installHttpd',
  'logToTerminal',
  'setupOnly',
]);

/** Values under which every option has its companions, and reaches every place it can; files are those of hostile-places.ts. */
export const everythingOn = (places: string): Partial<Record<Key, string[]>> => ({
  ...Object.fromEntries(
    Object.entries(serverOptions)
      .filter(([key, spec]) => parseFlags(spec).placeholders.length === 0 && !refusedSwitches.has(key))
      .map(([key]) => [key, ['on']]),
  ),
  serverRoot: [path.join(places, 'root')],
  httpdExecutable: [path.join(places, 'httpds', HARMLESS)],
  modulesDirectory: [path.join(places, 'modules', HARMLESS)],
  rotatelogsExecutable: [path.join(places, 'programs', HARMLESS)],
  documentRoot: [path.join(places, 'directories', HARMLESS)],
  // Otherwise it says which one it takes, each time.
  ...(process.geteuid?.() === 0 && { user: ['nobody'] }),
  serverName: ['www.harmless.example'],
  authUserScript: [path.join(places, 'files', HARMLESS)],
  authGroupScript: [path.join(places, 'files', HARMLESS)],
  authGroup: ['group'],
  trustProxy: ['127.0.0.1'],
  httpsPort: ['8443'],
  sslCertificateFile: [path.join(places, 'certificates', HARMLESS)],
  sslCertificateKeyFile: [path.join(places, 'certificates', HARMLESS)],
  sslCaCertificateFile: [path.join(places, 'certificates', HARMLESS)],
  serviceScript: [['NAME', path.join(places, 'files', HARMLESS)].join(PAIR_SEPARATOR)],
});

/** The same with ACME in place of files. */
export const withAcme: Partial<Record<Key, string[] | undefined>> = {
  sslCertificateFile: undefined,
  sslCertificateKeyFile: undefined,
  acme: ['www.harmless.example'],
  acmeContact: ['admin@harmless.example'],
  acmeAgree: ['on'],
};
