import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { ensureDir, outputJson, remove } from 'fs-extra/esm';

import { findDistribution, formatInstallCommand } from '../distributions.ts';
import { HomeNotWritableError, NoInstallerError, PrivateUnusableError } from '../errors.ts';
import type { HttpdBuild } from '../httpd-build.ts';
import { type OsRelease, readOsRelease } from '../os-release.ts';
import { probeHttpd } from '../probe.ts';
import { fetchPackages } from './apt.ts';
import { type Assembly, assemble } from './assemble.ts';
import {
  findCurrentPrefix,
  type Manifest,
  manifestGenerator,
  manifestSchema,
  type PackageRecord,
  readManifest,
} from './manifest.ts';
import type { InstallPrivateOptions } from './options.ts';
import { privateHttpdHome } from './private-home.ts';
import { runTool } from './run-tool.ts';

const stagingPrefix = '.staging-';
/** A staging directory older than this was left by an installation that was killed. */
const staleAfterMs = 60 * 60 * 1000;

/** See `installPrivateHttpd`. */
export async function installPrivate(
  options: InstallPrivateOptions,
  osRelease: OsRelease = readOsRelease(),
): Promise<HttpdBuild> {
  const { env = process.env, force = false, libs, onProgress } = options;
  const home = path.resolve(options.home ?? privateHttpdHome(env));
  const present = force ? undefined : await findUsable(home, options);
  if (present !== undefined) {
    onProgress(`httpd ${present.version} is already installed: ${present.path}`);
    return present;
  }
  requireSupported(osRelease);
  const staging = await createStaging(home);
  try {
    const policy = libs ?? 'missing';
    const { root, packages } = await fetchPackages({ directory: staging, libs: policy, env, onProgress });
    const stagedPrefix = path.join(staging, 'prefix');
    const assembly = await assemble(root, stagedPrefix);
    onProgress(`checking httpd with ${assembly.modules.length} modules`);
    const httpdVersion = await verify(stagedPrefix, assembly, staging);
    const manifest = createManifest({ httpdVersion, libs: policy, assembly, packages, osRelease });
    await outputJson(path.join(stagedPrefix, 'manifest.json'), manifest, { spaces: 2 });
    const prefix = await publish(stagedPrefix, home, manifest);
    const build = await probeHttpd(path.join(prefix, 'bin/httpd'), { source: 'private', env });
    await pointCurrent(home, prefix);
    onProgress(`installed httpd ${build.version} in ${prefix}`);
    return build;
  } finally {
    await remove(staging);
  }
}

async function findUsable(
  home: string,
  { env, libs }: InstallPrivateOptions,
): Promise<HttpdBuild | undefined> {
  const prefix = findCurrentPrefix(home);
  if (prefix === undefined) return undefined;
  if (libs !== undefined && readManifest(prefix)?.libs !== libs) return undefined;
  try {
    return await probeHttpd(path.join(prefix, 'bin/httpd'), { source: 'private', env });
  } catch (error) {
    // It no longer fits the machine: exactly what a new installation cures.
    if (error instanceof PrivateUnusableError) return undefined;
    throw error;
  }
}

/** The ELF reader knows 64-bit little-endian images, which is every current architecture of Node on Debian but s390x and armhf. */
function requireSupported(osRelease: OsRelease): void {
  const distribution = findDistribution(osRelease);
  const command = distribution === undefined ? undefined : formatInstallCommand(distribution);
  if (distribution?.ids.includes('debian') !== true) {
    throw new NoInstallerError(`${osRelease.name} is not Debian, Ubuntu or one of their relatives`, command);
  }
  if (['arm', 'ia32', 's390x', 's390', 'ppc'].includes(process.arch)) {
    throw new NoInstallerError(`there is none for ${process.arch}`, command);
  }
}

/** In the home itself, so that the finished build can be renamed into its place. */
async function createStaging(home: string): Promise<string> {
  try {
    await ensureDir(home);
    await removeStale(home);
    return await mkdtemp(path.join(home, stagingPrefix));
  } catch (error) {
    throw new HomeNotWritableError(home, error);
  }
}

async function removeStale(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (!name.startsWith(stagingPrefix)) continue;
    const directory = path.join(home, name);
    if (Date.now() - (await stat(directory)).mtimeMs > staleAfterMs) await remove(directory);
  }
}

/**
 * Runs the staged httpd with every module loaded and, when it has an RPATH, with nothing in its environment: a library that
 * neither we nor the host have shows here and not in production.
 */
async function verify(prefix: string, { modules, rpath }: Assembly, staging: string): Promise<string> {
  const config = path.join(staging, 'verify.conf');
  const mpm = modules.find((name) => name === 'mpm_event') ?? modules.find((name) => name.startsWith('mpm_'));
  // Modules whose symbols others use come first; `proxy` sorts before `proxy_http` and `session` before `session_cookie`.
  const loaded = [mpm, ...modules.filter((name) => !name.startsWith('mpm_'))].filter(
    (name) => name !== undefined,
  );
  const lines = loaded.map(
    (name) =>
      `LoadModule ${name}_module "${path.join(prefix, 'modules', `mod_${name}.so`).replace(/["\\]/g, '\\$&')}"`,
  );
  await writeFile(config, [...lines, 'ServerName localhost', 'ErrorLog /dev/null', ''].join('\n'));
  const httpd = path.join(prefix, 'bin/httpd');
  const env = rpath ? {} : { LD_LIBRARY_PATH: path.join(prefix, 'lib') };
  await runTool({ step: 'load its modules', command: [httpd, '-t', '-f', config], env });
  const { stdout } = await runTool({ step: 'run the installed httpd', command: [httpd, '-v'], env });
  return /Apache\/(\S+)/.exec(stdout)?.[1] ?? '';
}

function createManifest(facts: {
  readonly httpdVersion: string;
  readonly libs: Manifest['libs'];
  readonly assembly: Assembly;
  readonly packages: readonly PackageRecord[];
  readonly osRelease: OsRelease;
}): Manifest {
  const { httpdVersion, libs, assembly, packages, osRelease } = facts;
  return {
    generator: manifestGenerator,
    schema: manifestSchema,
    source: 'apt',
    httpdVersion,
    packageVersion: packages.find(({ name }) => name === 'apache2-bin')?.version ?? '',
    installedAt: new Date().toISOString(),
    os: { id: osRelease.id, versionId: osRelease.versionId, arch: process.arch },
    libs,
    ...assembly,
    packages,
  };
}

/**
 * Moves a build into its place in one step and never over another: an httpd may be running from there, and a graceful restart
 * loads its modules again. The same version installed once more gets a number.
 */
async function publish(stagedPrefix: string, home: string, manifest: Manifest): Promise<string> {
  const { source, packageVersion, os } = manifest;
  const name = [source, packageVersion, `${os.id}${os.versionId}`, os.arch]
    .join('-')
    .replace(/[^\w.+-]/g, '_');
  for (let number = 1; ; number += 1) {
    const prefix = path.join(home, number === 1 ? name : `${name}.${number}`);
    if (existsSync(prefix)) continue;
    try {
      await rename(stagedPrefix, prefix);
      return prefix;
    } catch (error) {
      // Another installation took the name after we looked.
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

/** By renaming: a reader sees the old build or the new one. */
async function pointCurrent(home: string, prefix: string): Promise<void> {
  const temporary = path.join(home, `.current-${process.pid}.json`);
  await outputJson(temporary, { schema: manifestSchema, directory: path.basename(prefix) });
  await rename(temporary, path.join(home, 'current.json'));
}
