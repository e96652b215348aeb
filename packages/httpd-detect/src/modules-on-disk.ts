import { readdirSync } from 'node:fs';
import path from 'node:path';

import { ModulesDirectoryError } from './errors.ts';
import type { Mpm } from './httpd-build.ts';

/**
 * Where shared modules lie, seen from the directory of the binary. All of them relative: an absolute directory would pair
 * a private build with the distribution's modules, which belong to another httpd.
 */
const relativeDirectories: readonly (readonly [directory: string, layout: string])[] = [
  ['../modules', 'source build, docker image, private build, Nix'],
  ['../lib64/httpd/modules', 'RHEL, Fedora, Slackware'],
  ['../lib/httpd/modules', 'Arch, Homebrew'],
  ['../lib/apache2/modules', 'Debian, MacPorts'],
  ['../lib64/apache2/modules', 'Gentoo'],
  ['../lib64/apache2-${mpm}', 'openSUSE, one directory per MPM'],
  ['../lib/apache2-${mpm}', 'openSUSE, 32 bit'],
  ['../lib64/apache2', 'openSUSE'],
  ['../lib/apache2', 'Alpine'],
  ['../libexec/apache24', 'FreeBSD'],
  ['../libexec/apache2', 'macOS'],
  ['../libexec/httpd/modules', 'Void'],
];

/** What is known about a binary when its modules are looked for. */
export interface ModulesPlace {
  /** Directory of the real binary. */
  readonly binDirectory: string;
  readonly httpdRoot?: string | undefined;
  readonly staticMpm?: Mpm | undefined;
}

/** The directory with this binary's shared modules; undefined when there is none. */
export function findModulesDirectory({
  binDirectory,
  httpdRoot,
  staticMpm,
}: ModulesPlace): string | undefined {
  const directories = relativeDirectories.map(([relative]) =>
    path.resolve(binDirectory, relative.replace('${mpm}', staticMpm ?? 'event')),
  );
  // A root the binary does not live in is where it was built for, not where it is.
  if (httpdRoot !== undefined && binDirectory.startsWith(`${path.resolve(httpdRoot)}/`)) {
    directories.push(path.resolve(httpdRoot, 'modules'));
  }
  return directories.find((directory) => listModules(directory).some((name) => isOfHttpdItself(name)));
}

/** Names of the modules in a directory, sorted; empty when it cannot be read. */
export function readSharedModules(directory: string): readonly string[] {
  return [...listModules(directory)].sort();
}

/** Throws ERR_HTTPD_DETECT_MODULES_DIRECTORY unless the directory, named by the user, holds modules. */
export function requireModulesDirectory(directory: string): void {
  try {
    if (toModules(readdirSync(directory)).length > 0) return;
  } catch (error) {
    throw new ModulesDirectoryError(directory, (error as NodeJS.ErrnoException).code ?? String(error));
  }
  throw new ModulesDirectoryError(directory, 'no modules in it');
}

function listModules(directory: string): readonly string[] {
  try {
    return toModules(readdirSync(directory));
  } catch {
    return []; // Absent on every other layout; an unreadable one is as good as absent.
  }
}

function toModules(files: readonly string[]): readonly string[] {
  return files.flatMap((file) => /^mod_(\w+)\.so$/.exec(file)?.[1] ?? []);
}

/** Third-party packages put single modules in directories of their own. */
function isOfHttpdItself(moduleName: string): boolean {
  return moduleName === 'proxy' || moduleName === 'dir' || moduleName.startsWith('mpm_');
}
