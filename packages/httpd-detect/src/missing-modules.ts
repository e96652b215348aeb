import {
  type Distribution,
  findDistribution,
  findModulePackage,
  formatInstallCommand,
} from './distributions.ts';
import { ModulesMissingError } from './errors.ts';
import type { HttpdBuild } from './httpd-build.ts';
import { readOsRelease } from './os-release.ts';

/** A module a build lacks, and how to get it. */
export interface MissingModule {
  /** Without `mod_`: `proxy_fcgi`. */
  readonly name: string;
  /** The distribution's package that brings it; absent for builds that no package manager owns. */
  readonly package?: string;
  /** The command that installs that package. */
  readonly command?: string;
}

/** Which of `names` a build lacks, compiled in or shared. A build that has no MPM at all also lacks `mpm_event`. */
export function missingModules(
  build: HttpdBuild,
  names: readonly string[],
  osRelease = readOsRelease(),
): readonly MissingModule[] {
  const present = new Set([...build.staticModules, ...build.sharedModules]);
  const missing = names.filter((name) => !present.has(name));
  if (build.mpms.length === 0 && !missing.includes('mpm_event')) missing.push('mpm_event');
  const distribution = isPackaged(build) ? findDistribution(osRelease) : undefined;
  return missing.map((name) => ({ name, ...findRemedy(distribution, name) }));
}

/** Throws ERR_HTTPD_DETECT_MODULES_MISSING, with one command for all of them, when a build lacks any of `names`. */
export function requireModules(
  build: HttpdBuild,
  names: readonly string[],
  osRelease = readOsRelease(),
): void {
  const missing = missingModules(build, names, osRelease);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap((module) => module.package ?? []))];
  const distribution = findDistribution(osRelease);
  const command =
    distribution === undefined || packages.length === 0
      ? undefined
      : formatInstallCommand(distribution, packages);
  throw new ModulesMissingError(
    build.path,
    missing.map((module) => module.name),
    command,
  );
}

function findRemedy(distribution: Distribution | undefined, name: string): Omit<MissingModule, 'name'> {
  if (distribution === undefined) return {};
  const packageName = findModulePackage(distribution, name);
  if (packageName === undefined) return {};
  return { package: packageName, command: formatInstallCommand(distribution, [packageName]) };
}

/** A package adds modules only to the httpd it belongs to, not to one built by hand or installed by us. */
function isPackaged(build: HttpdBuild): boolean {
  return build.source !== 'private' && /^\/usr\/(local\/)?s?bin\//.test(build.realPath);
}
