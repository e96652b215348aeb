/** What a server root has of its own: no log may be called that there. */
import path from 'node:path';

import { formatSettings, planServerRoot } from '@httpd-express/supervisor';
import { renderedNames } from '@httpd-express/templates';

import { defaultAcmeStore } from './acme-plan.ts';
import { selfSignedFiles } from './self-signed.ts';

/** Names are the same under every path. */
const anyRoot = '/';
const { documentRoot, runDirectory, workerSocketDirectory } = planServerRoot(anyRoot);
const { certificateFile, keyFile } = selfSignedFiles(anyRoot);

const ownNames: ReadonlySet<string> = new Set([
  ...renderedNames,
  formatSettings().path,
  ...[
    documentRoot,
    runDirectory,
    workerSocketDirectory,
    certificateFile,
    keyFile,
    defaultAcmeStore(anyRoot),
  ].map((place) => path.basename(place)),
]);

/**
 * Whether a file of this name in a server root is run, read, written or removed by us: a log would be run as `envvars` is,
 * with what clients have put into it.
 */
export function isOwnName(name: string): boolean {
  // Some file systems do not tell cases apart. A file waits as `.new` for its place.
  const plain = name.toLowerCase().replace(/\.new$/, '');
  return ownNames.has(plain) || /\.(pid|sock)$/.test(plain);
}
