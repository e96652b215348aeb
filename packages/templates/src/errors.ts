import type { Mpm } from '@httpd-express/httpd-detect';

/** A setting that cannot be written into a file httpd or a shell reads without changing its meaning. */
export class UnusableValueError extends Error {
  readonly code = 'ERR_TEMPLATES_UNUSABLE_VALUE';

  /** `subject` is what the value is for, `expected` what would have done. */
  constructor(subject: string, value: string, expected: string) {
    super(`cannot use ${JSON.stringify(value)} as ${subject}: expected ${expected}`);
    this.name = 'UnusableValueError';
  }
}

/** The build has no module of that name, neither compiled in nor as a file. */
export class ModuleMissingError extends Error {
  readonly code = 'ERR_TEMPLATES_MODULE_MISSING';

  readonly modules: readonly string[];

  constructor(modules: readonly string[], buildPath: string) {
    super(`cannot configure ${buildPath}: expected modules it does not have: ${modules.join(', ')}`);
    this.name = 'ModuleMissingError';
    this.modules = modules;
  }
}

/** The build is older than a feature the settings need. */
export class HttpdTooOldError extends Error {
  readonly code = 'ERR_TEMPLATES_HTTPD_TOO_OLD';

  constructor(version: string, buildPath: string, minimumVersion: string) {
    super(`cannot configure ${buildPath}: it is httpd ${version}, expected ${minimumVersion} or newer`);
    this.name = 'HttpdTooOldError';
  }
}

/** The build cannot run the MPM asked for, or has none at all. */
export class MpmMissingError extends Error {
  readonly code = 'ERR_TEMPLATES_MPM_MISSING';

  constructor(asked: Mpm | undefined, buildPath: string, available: readonly Mpm[]) {
    const found = available.length > 0 ? available.join(', ') : 'none';
    super(
      `cannot configure ${buildPath}: expected the ${asked ?? 'event, worker or prefork'} MPM, found ${found}`,
    );
    this.name = 'MpmMissingError';
  }
}
