import path from 'node:path';

import { findCandidates, listSearchDirectories } from './candidates.ts';
import { findDistribution, formatInstallCommand } from './distributions.ts';
import { ExecutableNotFoundError, NoneFoundError } from './errors.ts';
import type { BuildSource, HttpdBuild } from './httpd-build.ts';
import { findCurrentPrefix } from './install/manifest.ts';
import { privateHttpdHome } from './install/private-home.ts';
import { requireModules } from './missing-modules.ts';
import { requireModulesDirectory } from './modules-on-disk.ts';
import { readOsRelease } from './os-release.ts';
import { mpmPreference } from './parse-modules.ts';
import { probeHttpd } from './probe.ts';

/** What to look for, and where. */
export interface DetectOptions {
  /** Read for HTTPD, PATH, EXPRESS_HTTPD_HOME, XDG_DATA_HOME and HOME; httpd is run in it. */
  readonly env: NodeJS.ProcessEnv;
  /** `--httpd-executable`: a path, or a name to look up; wins over HTTPD in the environment. */
  readonly named?: string | undefined;
  /** `--modules-directory`: belongs to the named httpd, or to whichever is found when none is named. */
  readonly modulesDirectory?: string | undefined;
  /** A build that lacks any of these is not chosen. */
  readonly requiredModules?: readonly string[] | undefined;
  /** Where to look for system builds, instead of PATH and the table of places. */
  readonly searchDirectories?: readonly string[] | undefined;
}

/** Everything that was found, and which of it to use. */
export interface Detection {
  /** Every httpd that runs: named, private, system, in this order. */
  readonly builds: readonly HttpdBuild[];
  /** What was found and cannot be used, with the reason: a coded error of this package. A build that only lacks modules is also in `builds`. */
  readonly rejected: readonly { readonly path: string; readonly error: Error }[];
  readonly chosen?: HttpdBuild;
  /** Why this one was chosen, or none: for people. */
  readonly reason: string;
}

/**
 * Looks for httpd: the named one, else the private one, else the system's, event before worker before prefork. A named one that
 * cannot be used is thrown, with the codes of `probeHttpd` or ERR_HTTPD_DETECT_MODULES_MISSING, never passed over.
 */
export async function detectHttpds(options: DetectOptions): Promise<Detection> {
  const { env, modulesDirectory, requiredModules = [] } = options;
  if (modulesDirectory !== undefined) requireModulesDirectory(modulesDirectory);
  const name = findName(options);
  const [named, found] = await Promise.all([
    name === undefined ? undefined : probeNamed(name.value, options),
    Promise.all(
      listFinds(options).map((find) =>
        settle(find, { env, modulesDirectory: name === undefined ? modulesDirectory : undefined }),
      ),
    ),
  ]);
  const others = found.filter((find) => find.build === undefined || find.build.realPath !== named?.realPath);
  const builds = [named, ...others.map((find) => find.build)].filter((build) => build !== undefined);
  const errors = others.flatMap(({ path, build, error = findLack(build, requiredModules) }) =>
    error === undefined ? [] : [{ path, error }],
  );
  const result = { builds, rejected: errors };
  if (named !== undefined && name !== undefined) {
    requireModules(named, requiredModules);
    return { ...result, chosen: named, reason: `named by ${name.from}` };
  }
  return { ...result, ...choose(result, options) };
}

/** The chosen build of a detection; throws ERR_HTTPD_DETECT_NONE_FOUND, with the way to get one, when there is none. */
export function requireHttpd(detection: Detection): HttpdBuild {
  if (detection.chosen !== undefined) return detection.chosen;
  const distribution = findDistribution(readOsRelease());
  throw new NoneFoundError(
    detection.reason,
    distribution === undefined ? undefined : formatInstallCommand(distribution),
  );
}

interface Find {
  readonly path: string;
  readonly source: BuildSource;
}

function findName({ named, env }: DetectOptions): { value: string; from: string } | undefined {
  if (named !== undefined && named !== '') return { value: named, from: '--httpd-executable' };
  const fromEnv = env['HTTPD'];
  return fromEnv === undefined || fromEnv === '' ? undefined : { value: fromEnv, from: 'HTTPD' };
}

async function probeNamed(name: string, options: DetectOptions): Promise<HttpdBuild> {
  const { env, modulesDirectory } = options;
  return await probeHttpd(await findNamed(name, options), { source: 'named', env, modulesDirectory });
}

async function findNamed(name: string, options: DetectOptions): Promise<string> {
  if (name.includes('/')) return name;
  const { default: which } = await import('which');
  const directories = searchDirectories(options).join(path.delimiter);
  const found = await which(name, { path: directories, nothrow: true });
  if (found === null) throw new ExecutableNotFoundError(name);
  return found;
}

function listFinds(options: DetectOptions): readonly Find[] {
  const prefix = findCurrentPrefix(privateHttpdHome(options.env));
  const system = findCandidates(searchDirectories(options)).map((path) => ({
    path,
    source: 'system' as const,
  }));
  return [
    ...(prefix === undefined ? [] : [{ path: path.join(prefix, 'bin/httpd'), source: 'private' as const }]),
    ...system,
  ];
}

function searchDirectories({ env, searchDirectories }: DetectOptions): readonly string[] {
  return searchDirectories ?? listSearchDirectories(env);
}

interface Settled {
  readonly path: string;
  readonly build?: HttpdBuild;
  readonly error?: Error;
}

async function settle(
  find: Find,
  options: { readonly env: NodeJS.ProcessEnv; readonly modulesDirectory: string | undefined },
): Promise<Settled> {
  try {
    return { path: find.path, build: await probeHttpd(find.path, { source: find.source, ...options }) };
  } catch (error) {
    if (!hasOurCode(error)) throw error;
    return { path: find.path, error };
  }
}

function hasOurCode(error: unknown): error is Error {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code?.startsWith('ERR_HTTPD_DETECT_') === true;
}

function findLack(build: HttpdBuild | undefined, requiredModules: readonly string[]): Error | undefined {
  if (build === undefined) return undefined;
  try {
    requireModules(build, requiredModules);
    return undefined;
  } catch (error) {
    if (!hasOurCode(error)) throw error;
    return error;
  }
}

function choose(
  { builds, rejected }: Pick<Detection, 'builds' | 'rejected'>,
  options: DetectOptions,
): Pick<Detection, 'chosen' | 'reason'> {
  const usable = builds.filter((build) => !rejected.some((entry) => entry.path === build.path));
  const preferred = [...usable].sort((a, b) => rank(a) - rank(b))[0];
  if (preferred !== undefined) return { chosen: preferred, reason: reasons[preferred.source] };
  const why = rejected.map((entry) => entry.error.message).join('; ');
  if (why !== '') return { reason: `no usable httpd: ${why}` };
  return { reason: `no httpd found in ${searchDirectories(options).join(', ')}` };
}

const reasons: Readonly<Record<BuildSource, string>> = {
  named: 'named by the user',
  private: 'the private httpd comes before those of the system',
  system: 'the first usable httpd of the system, event before worker before prefork',
};

/** Private before system; among those of the system a better MPM before an earlier directory (the sort is stable). */
function rank(build: HttpdBuild): number {
  return build.source === 'private' ? -1 : mpmPreference.findIndex((mpm) => mpm === build.mpms[0]);
}
