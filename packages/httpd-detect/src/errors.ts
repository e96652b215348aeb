/** The path names nothing, or a bare name that no directory of the search path holds. */
export class ExecutableNotFoundError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_NOT_FOUND';
  readonly hint = 'give the path of httpd itself (not apachectl), or install one: express install-httpd';
  constructor(path: string) {
    super(`cannot use ${path} as httpd: it does not exist`);
  }
}

/** The path exists but cannot be executed: a directory, or a file without permission. */
export class NotExecutableError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_NOT_EXECUTABLE';
  readonly hint = 'make it executable, or give the path of another httpd';
  constructor(path: string, found: string) {
    super(`cannot use ${path} as httpd: ${found}, expected an executable file`);
  }
}

/** The program runs but does not answer as Apache httpd does. */
export class NotHttpdError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_NOT_HTTPD';
  readonly hint = 'give the path of httpd itself: /usr/sbin/apache2 on Debian, /usr/sbin/httpd elsewhere';
  constructor(path: string, found: string) {
    super(`${path} is not an Apache httpd: ${found}`);
  }
}

/** An httpd older than `minimumVersion`. */
export class TooOldError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_TOO_OLD';
  readonly hint = 'upgrade it, or install a private one: express install-httpd';
  constructor(path: string, version: string, minimum: string) {
    super(`${path} is httpd ${version}, expected ${minimum} or later`);
  }
}

/** The loader or the kernel refused to run it: a missing shared library, another architecture, a crash. */
export class CannotStartError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_CANNOT_START';
  readonly hint = 'repair it, or install a private one: express install-httpd';
  constructor(path: string, found: string, cause?: unknown) {
    super(`${path} cannot start: ${found}`, { cause });
  }
}

/** It did not answer in time, and was killed. */
export class TimeoutError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_TIMEOUT';
  readonly hint = 'run it by hand to see what it waits for, or give the path of another httpd';
  constructor(path: string, argument: string, timeoutMs: number) {
    super(`${path} ${argument} did not end within ${timeoutMs / 1000} s`);
  }
}

/** A modules directory the user named holds no modules. */
export class ModulesDirectoryError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_MODULES_DIRECTORY';
  readonly hint = 'leave --modules-directory out to use the modules the httpd has beside it';
  constructor(directory: string, found: string) {
    super(`cannot load modules from ${directory}: ${found}, expected a directory of mod_*.so files`);
  }
}

/** A working httpd that lacks modules the caller requires. */
export class ModulesMissingError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_MODULES_MISSING';
  readonly hint: string | undefined;
  constructor(path: string, modules: readonly string[], command: string | undefined) {
    super(`${path} lacks ${modules.map((name) => `mod_${name}`).join(', ')}`);
    this.hint = command === undefined ? undefined : `run: ${command}`;
  }
}

/** A private httpd that no longer fits this machine, or whose files are damaged. */
export class PrivateUnusableError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_PRIVATE_UNUSABLE';
  readonly hint = 'run: express install-httpd --force';
  constructor(prefix: string, found: string, cause?: unknown) {
    super(`the private httpd in ${prefix} cannot be used: ${found}`, { cause });
  }
}

/** No httpd on this machine can be used; the message says what was looked at. */
export class NoneFoundError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_NONE_FOUND';
  readonly hint: string;
  constructor(reason: string, command: string | undefined) {
    super(reason);
    this.hint = `run: express install-httpd${command === undefined ? '' : `, or ${command}`}`;
  }
}

/** Nothing here can install an httpd on this system; the hint has the command a person can run. */
export class NoInstallerError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_NO_INSTALLER';
  readonly hint: string;
  constructor(found: string, command: string | undefined) {
    super(`cannot install httpd: ${found}`);
    this.hint =
      command === undefined
        ? 'install Apache httpd 2.4 and name it with --httpd-executable'
        : `run: ${command}`;
  }
}

/** The package manager needs another user than the one we are. */
export class NotPrivilegedError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_NOT_PRIVILEGED';
  readonly hint: string;
  constructor(found: string, command: string) {
    super(`cannot install httpd with the system's package manager: ${found}`);
    this.hint = `run: ${command}`;
  }
}

/** The directory for private builds cannot be written. */
export class HomeNotWritableError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_HOME_NOT_WRITABLE';
  readonly hint = 'name a directory you own in EXPRESS_HTTPD_HOME';
  constructor(home: string, cause: unknown) {
    const reason =
      cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause);
    super(`cannot install a private httpd in ${home}: ${reason}`, { cause });
  }
}

/** A program the installation runs failed; the message ends with the tail of what it printed. */
export class InstallFailedError extends Error {
  readonly code = 'ERR_HTTPD_DETECT_INSTALL_FAILED';
  readonly hint: string | undefined;
  /** The last lines that were printed. */
  readonly outputTail: string;
  constructor(step: string, command: string, found: string, outputTail: string, hint?: string) {
    super(`cannot ${step}: ${command} ${found}${outputTail === '' ? '' : `\n${outputTail}`}`);
    this.outputTail = outputTail;
    this.hint = hint;
  }
}
