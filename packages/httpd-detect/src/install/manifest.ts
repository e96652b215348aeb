// What lies beside a private build and says what it is. Written by install-private.ts, checked by ../probe.ts.
import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { OsRelease } from '../os-release.ts';

/** `<prefix>/manifest.json`; bin/httpd, modules, lib and conf/mime.types are beside it. */
export interface Manifest {
  readonly generator: typeof manifestGenerator;
  readonly schema: typeof manifestSchema;
  /** Where the files come from: packages of the distribution's archive. */
  readonly source: 'apt';
  /** `2.4.71` */
  readonly httpdVersion: string;
  /** Of apache2-bin: `2.4.71-1~deb12u1`. */
  readonly packageVersion: string;
  /** ISO 8601. */
  readonly installedAt: string;
  readonly os: { readonly id: string; readonly versionId: string; readonly arch: string };
  readonly libs: LibraryPolicy;
  /** True when the executables find `lib` by themselves; false when they need it in LD_LIBRARY_PATH. */
  readonly rpath: boolean;
  readonly modules: readonly string[];
  readonly vendoredLibraries: readonly string[];
  readonly hostLibraries: readonly string[];
  readonly packages: readonly PackageRecord[];
}

/** `missing` takes only what the machine lacks, so that it keeps patching its own OpenSSL; `all` takes everything but the C runtime. */
export type LibraryPolicy = 'missing' | 'all';

/** One package that was unpacked. */
export interface PackageRecord {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

export const manifestGenerator = 'httpd-express';
export const manifestSchema = 1;

/** The manifest of a prefix; undefined when there is none, or it is not ours. */
export function readManifest(prefix: string): Manifest | undefined {
  const manifest = readJson(path.join(prefix, 'manifest.json'));
  if (manifest?.['generator'] !== manifestGenerator || manifest['schema'] !== manifestSchema)
    return undefined;
  return manifest as unknown as Manifest;
}

/** Why a build does not fit this machine; undefined when it does. A release upgrade replaces the libraries it was linked to. */
export function findMismatch(manifest: Manifest, osRelease: OsRelease): string | undefined {
  const made = `${manifest.os.id} ${manifest.os.versionId} ${manifest.os.arch}`;
  const here = `${osRelease.id} ${osRelease.versionId} ${process.arch}`;
  return made === here ? undefined : `it was made for ${made}, this is ${here}`;
}

/** The prefix that `current.json` names in a home of private builds; undefined when none was installed. */
export function findCurrentPrefix(home: string): string | undefined {
  const name = readJson(path.join(home, 'current.json'))?.['directory'];
  return typeof name === 'string' ? path.join(home, path.basename(name)) : undefined;
}

function readJson(file: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    // No file, or not JSON: no private build. Anything else is not about the contents.
    if (error instanceof SyntaxError || isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '');
}
