export type { BuildSource, HttpdBuild, Mpm } from './httpd-build.ts';
export { type Detection, detectHttpds, type DetectOptions, requireHttpd } from './detect.ts';
export * from './errors.ts';
export {
  installPrivateHttpd,
  installSystemHttpd,
  type InstallOptions,
  type InstallPrivateOptions,
} from './install.ts';
export type { LibraryPolicy } from './install/manifest.ts';
export { privateHttpdHome } from './install/private-home.ts';
export { type MissingModule, missingModules, requireModules } from './missing-modules.ts';
export { type OsRelease, readOsRelease } from './os-release.ts';
export { minimumVersion } from './parse-version.ts';
export { probeHttpd, type ProbeOptions } from './probe.ts';
