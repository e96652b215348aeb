/** A multi-processing module, by the name its LoadModule line uses without `mpm_` and `_module`. */
export type Mpm = 'event' | 'worker' | 'prefork';

/** Where a build comes from: named by the user, installed by us, or part of the system. */
export type BuildSource = 'named' | 'private' | 'system';

/** One httpd installation and what it can do: facts only, nothing decided. */
export interface HttpdBuild {
  /** Absolute path as found, for people; `realPath` is what is executed. */
  readonly path: string;
  readonly realPath: string;
  /** `2.4.71` */
  readonly version: string;
  /** What `httpd -v` says in brackets: `Debian`, `Unix`, … */
  readonly platform: string;
  readonly source: BuildSource;
  /** MPMs this build can run, the preferred one first. */
  readonly mpms: readonly Mpm[];
  /** Set when the MPM is compiled in and cannot be loaded or replaced. */
  readonly staticMpm?: Mpm;
  /** Directory of `mod_*.so`; absent when everything is compiled in. */
  readonly modulesDirectory?: string;
  /** Names without `mod_` and `.c`: `unixd`, `log_config`, `mpm_event`. */
  readonly staticModules: readonly string[];
  /** Names without `mod_` and `.so`: `proxy_fcgi`, `ssl`. */
  readonly sharedModules: readonly string[];
  /** A `mime.types` that belongs to this build or to the system. */
  readonly mimeTypesPath?: string;
  readonly rotatelogsPath?: string;
  /** Directory of private libraries the binary needs in its library path, when it has no RPATH of its own. */
  readonly libraryPath?: string;
}
