/** Files and directories with hostile names, of every kind an option may want, and beside each one with a harmless name. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { renewSelfSigned } from '../../src/self-signed.ts';

export const HARMLESS = 'harmless';

/** Directories below `path`: in each a file or directory by every name. */
const kinds = [
  'files',
  'directories',
  'programs',
  'certificates',
  'httpds',
  'modules',
  'passwords',
  'stores',
] as const;

export interface HostilePlaces {
  readonly path: string;
  remove(): void;
}

/** With RECORD in its environment a program prints how it was called, and does nothing else. */
const record = `if [ -n "$RECORD" ]; then printf '%s\\n' "$0" "$PWD" "$LANG" "$@"; exit; fi`;

export async function createHostilePlaces(names: readonly string[]): Promise<HostilePlaces> {
  const root = mkdtempSync(path.join(tmpdir(), 'inj-'));
  chmodSync(root, 0o755);
  for (const kind of kinds) mkdirSync(path.join(root, kind));
  const pem = await createCertificate(root);
  const documents = [HARMLESS, ...names].map((name) => `x${name}`);
  for (const name of [HARMLESS, ...names]) {
    const at = (kind: (typeof kinds)[number], suffix = '') => path.join(root, kind, `${name}${suffix}`);
    writeFileSync(at('files'), '#\n');
    for (const suffix of ['', '.crt', '.key'])
      writeFileSync(at('certificates', suffix), pem, { mode: 0o600 });
    writeProgram(at('programs'), `exec '${process.execPath}' "$@"`);
    writeProgram(at('httpds'), `exec '${findHttpd()?.program ?? ''}' "$@"`);
    mkdirSync(path.join(at('directories'), 'run'), { recursive: true });
    for (const file of ['rewrite.conf', 'index.html', ...documents])
      writeFileSync(path.join(at('directories'), file), '#\n');
    writeFileSync(at('passwords'), 'user:hash\n');
    mkdirSync(at('stores'), 0o700);
    linkModules(at('modules'));
  }
  for (const name of ['root/run', 'root/htdocs']) mkdirSync(path.join(root, name), { recursive: true });
  writeFileSync(path.join(root, 'root/rewrite.conf'), '#\n');
  return {
    path: root,
    remove: () => {
      rmSync(root, { recursive: true });
    },
  };
}

/** The httpd that reads what was written, and where its modules are; mod_info prints what it has read. */
export function findHttpd(): { readonly program: string; readonly modules: string } | undefined {
  const program = ['/usr/sbin/apache2', '/usr/sbin/httpd', '/usr/local/apache2/bin/httpd'].find((file) =>
    existsSync(file),
  );
  const modules = ['/usr/lib/apache2/modules', '/usr/lib64/httpd/modules', '/usr/local/apache2/modules'].find(
    (directory) => existsSync(path.join(directory, 'mod_info.so')),
  );
  return program === undefined || modules === undefined ? undefined : { program, modules };
}

function writeProgram(file: string, command: string): void {
  writeFileSync(file, `#!/bin/sh\n${record}\n${command}\n`, { mode: 0o755 });
}

function linkModules(directory: string): void {
  mkdirSync(directory);
  const from = findHttpd()?.modules ?? '';
  if (from === '') return;
  for (const name of readdirSync(from)) symlinkSync(path.join(from, name), path.join(directory, name));
}

/** One file that is certificate, key and authority. */
async function createCertificate(directory: string): Promise<string> {
  const files = await renewSelfSigned(directory, ['www.harmless.example']);
  return files.map(({ text }) => text).join('');
}
