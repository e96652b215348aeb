import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

import { findImpostor } from './candidates.ts';
import {
  ExecutableNotFoundError,
  NotExecutableError,
  NotHttpdError,
  PrivateUnusableError,
  TooOldError,
} from './errors.ts';
import type { BuildSource, HttpdBuild, Mpm } from './httpd-build.ts';
import { findMismatch, readManifest } from './install/manifest.ts';
import { findModulesDirectory, readSharedModules, requireModulesDirectory } from './modules-on-disk.ts';
import { readOsRelease } from './os-release.ts';
import { findStaticMpm, mpmPreference, parseModules } from './parse-modules.ts';
import { parseSettings } from './parse-settings.ts';
import { isAtLeast, minimumVersion, parseVersion } from './parse-version.ts';
import { type RunOptions, runHttpd } from './run-httpd.ts';

/** How an executable is probed. */
export interface ProbeOptions {
  readonly source: BuildSource;
  /** Where the modules are, when they are not where this layout has them. */
  readonly modulesDirectory?: string | undefined;
  /** The environment httpd is run in; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** How long each question may take, 5000 by default. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Finds out what one httpd can do by running it with `-v`, `-V` and `-l`, all at once. Throws ERR_HTTPD_DETECT_NOT_FOUND,
 * …_NOT_EXECUTABLE, …_NOT_HTTPD, …_TOO_OLD, …_CANNOT_START, …_TIMEOUT, …_MODULES_DIRECTORY; for a private build
 * …_PRIVATE_UNUSABLE with the reason.
 */
export async function probeHttpd(file: string, options: ProbeOptions): Promise<HttpdBuild> {
  const filePath = path.resolve(file);
  if (options.modulesDirectory !== undefined) requireModulesDirectory(options.modulesDirectory);
  if (options.source !== 'private') return await probe(filePath, options);
  try {
    return await probe(filePath, options);
  } catch (error) {
    if (error instanceof PrivateUnusableError) throw error;
    throw new PrivateUnusableError(
      toPrefix(filePath),
      error instanceof Error ? error.message : String(error),
      error,
    );
  }
}

async function probe(
  filePath: string,
  { source, modulesDirectory, env, timeoutMs }: ProbeOptions,
): Promise<HttpdBuild> {
  const realPath = requireExecutable(filePath);
  const libraryPath = findLibraryPath(realPath, source);
  const answers = await askHttpd(realPath, { env: env ?? process.env, libraryPath, timeoutMs });
  const { version, platform, staticModules, settings } = answers;
  if (!isAtLeast(version, minimumVersion)) throw new TooOldError(filePath, version, minimumVersion);

  const staticMpm = findStaticMpm(staticModules);
  const binDirectory = path.dirname(realPath);
  const httpdRoot = settings.get('HTTPD_ROOT');
  // Without mod_so it loads nothing, whatever lies around.
  const directory = staticModules.includes('so')
    ? (modulesDirectory ?? findModulesDirectory({ binDirectory, httpdRoot, staticMpm }))
    : undefined;
  const sharedModules = directory === undefined ? [] : readSharedModules(directory);
  const mimeTypesPath = mimeTypesPlaces(binDirectory, settings).find((place) => existsSync(place));
  const rotatelogsPath = rotatelogsPlaces(binDirectory).find((place) => existsSync(place));
  return {
    path: filePath,
    realPath,
    version,
    platform,
    source,
    mpms: staticMpm === undefined ? findSharedMpms(sharedModules) : [staticMpm],
    ...(staticMpm === undefined ? {} : { staticMpm }),
    ...(directory === undefined ? {} : { modulesDirectory: path.resolve(directory) }),
    staticModules,
    sharedModules,
    ...(mimeTypesPath === undefined ? {} : { mimeTypesPath }),
    ...(rotatelogsPath === undefined ? {} : { rotatelogsPath }),
    ...(libraryPath === undefined ? {} : { libraryPath }),
  };
}

interface Answers {
  readonly version: string;
  readonly platform: string;
  readonly staticModules: readonly string[];
  readonly settings: ReadonlyMap<string, string>;
}

async function askHttpd(realPath: string, options: RunOptions): Promise<Answers> {
  const unwanted = new AbortController();
  const ask = (...args: string[]) => runHttpd(realPath, args, { ...options, signal: unwanted.signal });
  try {
    const [versionOutput, settingsOutput, modulesOutput] = await Promise.all([
      ask('-v'),
      // An empty configuration: the system's own may be broken, slow, or make httpd look up its host name.
      ask('-V', '-f', '/dev/null', '-C', 'ServerName localhost'),
      ask('-l'),
    ]);
    const version = parseVersion(versionOutput.stdout);
    if (version === undefined) throw notHttpd(realPath, '-v', versionOutput, 'Server version: Apache/2.4.x');
    const staticModules = parseModules(modulesOutput.stdout);
    if (staticModules === undefined)
      throw notHttpd(realPath, '-l', modulesOutput, 'a list of compiled-in modules');
    return { ...version, staticModules, settings: parseSettings(settingsOutput.stdout) };
  } finally {
    unwanted.abort();
  }
}

function notHttpd(
  realPath: string,
  argument: string,
  output: { readonly stdout: string; readonly stderr: string },
  expected: string,
): NotHttpdError {
  const firstLine = `${output.stdout}\n${output.stderr}`.split('\n').find((line) => line.trim() !== '') ?? '';
  // Some other program's output goes to a terminal: no control characters, no screenfuls.
  const printed = firstLine
    .replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ')
    .trim()
    .slice(0, 200);
  return new NotHttpdError(
    realPath,
    `${argument} printed ${printed === '' ? 'nothing' : `"${printed}"`}, expected ${expected}`,
  );
}

function requireExecutable(filePath: string): string {
  try {
    const realPath = realpathSync(filePath);
    if (!statSync(realPath).isFile()) throw new NotExecutableError(filePath, 'not a file');
    accessSync(realPath, constants.X_OK);
    const impostor = findImpostor(realPath);
    if (impostor !== undefined) throw new NotHttpdError(filePath, `it is ${impostor}`);
    return realPath;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new ExecutableNotFoundError(filePath);
    if (code === 'EACCES') throw new NotExecutableError(filePath, 'permission denied');
    if (code === 'ELOOP') throw new NotExecutableError(filePath, 'too many symbolic links');
    throw error;
  }
}

/** Checks the manifest of a private build, also one that the user named by its path. */
function findLibraryPath(realPath: string, source: BuildSource): string | undefined {
  const prefix = toPrefix(realPath);
  const manifest = readManifest(prefix);
  if (manifest === undefined) {
    if (source === 'private') throw new PrivateUnusableError(prefix, 'it has no manifest.json of ours');
    return undefined;
  }
  const mismatch = findMismatch(manifest, readOsRelease());
  if (mismatch !== undefined) throw new PrivateUnusableError(prefix, mismatch);
  // The variable reaches every CGI and FastCGI request (httpd 2.4: env2env in util_script.c), so only where it must be.
  return manifest.rpath ? undefined : path.join(prefix, 'lib');
}

function findSharedMpms(sharedModules: readonly string[]): readonly Mpm[] {
  return mpmPreference.filter((mpm) => sharedModules.includes(`mpm_${mpm}`));
}

function mimeTypesPlaces(binDirectory: string, settings: ReadonlyMap<string, string>): readonly string[] {
  const configured = path.resolve(
    settings.get('HTTPD_ROOT') ?? '/',
    settings.get('AP_TYPES_CONFIG_FILE') ?? 'conf/mime.types',
  );
  return [
    path.resolve(binDirectory, '../conf/mime.types'),
    configured,
    '/etc/mime.types',
    '/etc/apache2/mime.types',
    '/etc/httpd/conf/mime.types',
    '/usr/local/etc/apache24/mime.types',
  ];
}

function rotatelogsPlaces(binDirectory: string): readonly string[] {
  const directories = [
    binDirectory,
    ...['../bin', '../sbin'].map((name) => path.resolve(binDirectory, name)),
  ];
  return [...directories, '/usr/bin', '/usr/sbin'].map((directory) => path.join(directory, 'rotatelogs'));
}

function toPrefix(executable: string): string {
  return path.dirname(path.dirname(executable));
}
