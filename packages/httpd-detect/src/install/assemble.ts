import { chmod, copyFile, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { ensureDir, pathExists } from 'fs-extra/esm';

import { readNeeded, withRpath } from './elf.ts';

/** What was put into a prefix. */
export interface Assembly {
  readonly modules: readonly string[];
  readonly vendoredLibraries: readonly string[];
  readonly hostLibraries: readonly string[];
  readonly rpath: boolean;
}

/** Programs of the packages → where they go. */
const programs: readonly (readonly [from: string, to: string])[] = [
  ['usr/sbin/apache2', 'bin/httpd'],
  ['usr/bin/rotatelogs', 'bin/rotatelogs'],
  ['usr/bin/htpasswd', 'bin/htpasswd'],
];

const texts: readonly (readonly [from: string, to: string])[] = [
  ['etc/mime.types', 'conf/mime.types'],
  ['usr/share/doc/apache2-bin/copyright', 'COPYRIGHT.apache2-bin'],
];

/** Modules that would bring a chain of libraries with them, for features we do not configure. */
const leftOut: Readonly<Record<string, string>> = {
  md: 'libcurl, and through it krb5, ldap and gnutls',
  ldap: 'libldap',
  authnz_ldap: 'libldap',
  lua: 'liblua',
  xml2enc: 'libxml2 and ICU',
  proxy_html: 'libxml2 and ICU',
};

/** Picks from unpacked packages what a server needs, with the libraries that came along, and lays it out in `prefix`. */
export async function assemble(root: string, prefix: string): Promise<Assembly> {
  for (const name of ['bin', 'lib', 'modules', 'conf']) await ensureDir(path.join(prefix, name));
  for (const [from, to] of [...programs, ...texts])
    await copyFile(path.join(root, from), path.join(prefix, to));
  const modules = await copyModules(path.join(root, 'usr/lib/apache2/modules'), path.join(prefix, 'modules'));
  const images = [
    ...programs.map(([, to]) => path.join(prefix, to)),
    ...modules.map((name) => path.join(prefix, 'modules', `mod_${name}.so`)),
  ];
  const libraries = await copyLibraries(root, path.join(prefix, 'lib'), images);
  const patched = await Promise.all(programs.map(([, to]) => patchRpath(path.join(prefix, to))));
  return { modules, ...libraries, rpath: patched.every(Boolean) };
}

async function copyModules(from: string, to: string): Promise<readonly string[]> {
  const names = (await readdir(from)).flatMap((file) => /^mod_(\w+)\.so$/.exec(file)?.[1] ?? []);
  const kept = names.filter((name) => !(name in leftOut)).sort();
  for (const name of kept) await copyFile(path.join(from, `mod_${name}.so`), path.join(to, `mod_${name}.so`));
  return kept;
}

/** Follows DT_NEEDED from `images`: a library that was unpacked is copied, any other is the host's. */
async function copyLibraries(
  root: string,
  to: string,
  images: readonly string[],
): Promise<Pick<Assembly, 'vendoredLibraries' | 'hostLibraries'>> {
  const directories = await findLibraryDirectories(root);
  const vendored = new Set<string>();
  const host = new Set<string>();
  const pending = [...images];
  for (let image = pending.pop(); image !== undefined; image = pending.pop()) {
    for (const name of readNeeded(await readFile(image))) {
      if (vendored.has(name) || host.has(name)) continue;
      const source = await findLibrary(directories, name);
      if (source === undefined) {
        host.add(name);
        continue;
      }
      const copy = path.join(to, name);
      await copyFile(source, copy);
      await chmod(copy, 0o644);
      vendored.add(name);
      pending.push(copy);
    }
  }
  return { vendoredLibraries: [...vendored].sort(), hostLibraries: [...host].sort() };
}

/** `usr/lib/x86_64-linux-gnu` and its like, without a table of architectures. */
async function findLibraryDirectories(root: string): Promise<readonly string[]> {
  const directories: string[] = [];
  for (const parent of ['usr/lib', 'lib'].map((name) => path.join(root, name))) {
    if (!(await pathExists(parent))) continue;
    const names = (await readdir(parent)).filter((name) => name.includes('-linux-'));
    directories.push(...names.map((name) => path.join(parent, name)));
  }
  return directories;
}

async function findLibrary(directories: readonly string[], name: string): Promise<string | undefined> {
  for (const directory of directories) {
    const file = path.join(directory, name);
    if (await pathExists(file)) return await realpath(file);
  }
  return undefined;
}

async function patchRpath(file: string): Promise<boolean> {
  const patched = withRpath(await readFile(file), '$ORIGIN/../lib');
  if (patched === undefined) return false;
  await writeFile(file, patched);
  return true;
}
