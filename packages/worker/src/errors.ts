/** The app's entry file or module cannot be found or read. */
export class AppMissingError extends Error {
  readonly code = 'ERR_WORKER_APP_MISSING';
  override readonly name = 'AppMissingError';
  readonly hint: string;

  /** Facts: what was to be loaded, from where, and the system's or the resolver's reason. */
  constructor(entry: string, workingDirectory: string, cause: unknown) {
    super(`cannot load the app ${entry}: ${reasonOf(cause)}`, { cause });
    this.hint = `give the path of a readable file, or a package that resolves from ${workingDirectory}`;
  }
}

/** The TypeScript loader takes a question mark in a path for the start of a query. */
export class AppPathUnsupportedError extends Error {
  readonly code = 'ERR_WORKER_APP_PATH_UNSUPPORTED';
  override readonly name = 'AppPathUnsupportedError';
  readonly hint = 'rename the directory or file, or compile the app to JavaScript';

  /** Facts: the path of the entry. */
  constructor(entry: string) {
    super(`cannot load the app ${entry}: a path of TypeScript must be without question marks`);
  }
}

/** The tsconfig.json of the app, or one it extends, cannot be read. */
export class TsconfigError extends Error {
  readonly code = 'ERR_WORKER_TSCONFIG';
  override readonly name = 'TsconfigError';
  readonly hint = 'correct it, or load the app with --loader native or --loader none';

  /** Facts: its path, and what is wrong with it. */
  constructor(path: string, cause: unknown) {
    super(`cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** A file with decorators is to have their metadata, and no compiler that can write it is installed. */
export class DecoratorCompilerMissingError extends Error {
  readonly code = 'ERR_WORKER_DECORATOR_COMPILER_MISSING';
  override readonly name = 'DecoratorCompilerMissingError';
  readonly hint = 'install one of them beside the app: npm install --save-dev @swc/core';

  /** Facts: the file, the tsconfig.json that asks for metadata, and where compilers were looked for. */
  constructor(file: string, tsconfigPath: string, directories: readonly string[]) {
    super(
      `cannot compile the decorators of ${file}: ${tsconfigPath} sets emitDecoratorMetadata, which takes @swc/core or ` +
        `typescript below 7, and neither can be loaded from ${directories.join(' or ')}`,
    );
  }
}

/** This version of Node cannot load TypeScript by itself. */
export class LoaderUnsupportedError extends Error {
  readonly code = 'ERR_WORKER_LOADER_UNSUPPORTED';
  override readonly name = 'LoaderUnsupportedError';
  readonly hint = 'use Node 22.18 or later, or leave --loader out';

  /** Facts: this Node's version. */
  constructor(version: string) {
    super(`cannot load TypeScript with --loader native: Node ${version} does not strip types`);
  }
}

/** The app cannot be made into one file. */
export class BundleError extends Error {
  readonly code = 'ERR_WORKER_BUNDLE';
  override readonly name = 'BundleError';
  readonly hint = 'correct it, or leave --loader bundle out';

  /** Facts: its entry, and what the bundler says. */
  constructor(entry: string, cause: unknown) {
    super(`cannot bundle ${entry}: ${reasonOf(cause)}`, { cause });
  }
}

/** The app's module threw while it was loaded; `stack` is the app's own. */
export class AppThrewError extends Error {
  readonly code = 'ERR_WORKER_APP_THREW';
  override readonly name = 'AppThrewError';
  readonly hint?: string;

  /** Facts: what was loaded, what it threw, and what to do where that is known. */
  constructor(entry: string, cause: unknown, remedy?: string) {
    super(`cannot load the app ${entry}: it threw ${describeThrown(cause)}`, { cause });
    if (remedy !== undefined) this.hint = remedy;
    if (cause instanceof Error && cause.stack !== undefined) this.stack = cause.stack;
  }
}

/** The app has no export of the name that was asked for. */
export class CallableMissingError extends Error {
  readonly code = 'ERR_WORKER_CALLABLE_MISSING';
  override readonly name = 'CallableMissingError';
  readonly hint = 'name one of its exports with --callable-object, or leave the option out';

  /** Facts: what was loaded, the name asked for, and the exports there are. */
  constructor(entry: string, name: string, exports: string) {
    super(`cannot find the export ${name} in ${entry}: it exports ${exports}`);
  }
}

/** A script that decides over access has no function of the name it is asked for. */
export class ScriptExportError extends Error {
  readonly code = 'ERR_WORKER_SCRIPT_EXPORT';
  override readonly name = 'ScriptExportError';
  readonly hint = 'docs/access-control.md has an example of each script';

  /** Facts: the script, the name, and the exports there are. */
  constructor(file: string, name: string, exports: string) {
    super(`cannot use the script ${file}: it exports ${exports}, expected a function ${name}`);
  }
}

/** A script was asked about access and answered with something that is neither yes nor no. */
export class ScriptAnswerError extends Error {
  readonly code = 'ERR_WORKER_SCRIPT_ANSWER';
  override readonly name = 'ScriptAnswerError';

  /** Facts: the function, what it answered, and what would be an answer. */
  constructor(name: string, found: string, expected: string) {
    super(`cannot tell access from what ${name} answered: it is ${found}, expected ${expected}`);
  }
}

/** The export that was asked for is nothing that answers requests. */
export class CallableUnusableError extends Error {
  readonly code = 'ERR_WORKER_CALLABLE_UNUSABLE';
  override readonly name = 'CallableUnusableError';

  /** Facts: what was loaded, the name asked for, what it is, and the shapes that would do. */
  constructor(entry: string, name: string, found: string, expected: string) {
    super(`cannot serve the export ${name} of ${entry}: it is ${found}, expected ${expected}`);
  }
}

/** The app was loaded, exports nothing that answers requests, never called listen(), and waits for nothing. */
export class NothingToServeError extends Error {
  readonly code = 'ERR_WORKER_NOTHING_TO_SERVE';
  override readonly name = 'NothingToServeError';
  readonly hint = 'export the app as default, or call listen() on it';

  /** Facts: what was loaded, the exports there are, and the shapes that would do. */
  constructor(entry: string, exports: string, expected: string) {
    super(
      `cannot find an app in ${entry}: it exports ${exports} and never called listen(), expected ${expected}`,
    );
  }
}

/** The app is a server of Node's http2 module. What it emits is not what a FastCGI request can become. */
export class Http2UnsupportedError extends Error {
  readonly code = 'ERR_WORKER_HTTP2_UNSUPPORTED';
  override readonly name = 'Http2UnsupportedError';
  readonly hint = 'make it with http.createServer(): HTTP/2 and TLS are between the clients and httpd';

  /** Facts: what was loaded. */
  constructor(entry: string) {
    super(`cannot serve the http2 server of ${entry}: expected one of http.createServer()`);
  }
}

/** The app is made with a framework whose own package is needed to serve it, and that does not resolve from the app. */
export class FrameworkMissingError extends Error {
  readonly code = 'ERR_WORKER_FRAMEWORK_MISSING';
  override readonly name = 'FrameworkMissingError';
  readonly hint = "add the framework to the app's own dependencies";

  /** Facts: what was loaded, the package, and why it cannot be used. */
  constructor(entry: string, packageName: string, cause: unknown) {
    super(`cannot serve ${entry} without its package ${packageName}: ${reasonOf(cause)}`, { cause });
  }
}

/** A composition file says something that is no composition. */
export class CompositionError extends Error {
  readonly code = 'ERR_WORKER_COMPOSITION';
  override readonly name = 'CompositionError';

  /** Facts: the file, the key in it, what is there, and what has to be. */
  constructor(file: string, key: string, found: string, expected: string) {
    super(`cannot use the composition ${file}: ${key} is ${found}, expected ${expected}`);
  }
}

/** The app's module waits, with a top-level await, for something that never happens. */
export class AppNeverLoadedError extends Error {
  readonly code = 'ERR_WORKER_APP_NEVER_LOADED';
  override readonly name = 'AppNeverLoadedError';

  /** Facts: what was being loaded. */
  constructor(entry: string) {
    super(`cannot load the app ${entry}: its top-level await waits for something that never happens`);
  }
}

/** The worker cannot listen on its own socket. */
export class CannotListenError extends Error {
  readonly code = 'ERR_WORKER_CANNOT_LISTEN';
  override readonly name = 'CannotListenError';

  /** Facts: the socket's path and what is in the way. */
  constructor(path: string, cause: unknown) {
    super(`cannot listen on ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** This version of Node lacks an internal that `req` and `res` are built on. */
export class NodeUnsupportedError extends Error {
  readonly code = 'ERR_WORKER_NODE_UNSUPPORTED';
  override readonly name = 'NodeUnsupportedError';
  readonly hint = 'use Node 20, 22, 24 or 26';

  /** Facts: this Node's version, and the internals that were not found. */
  constructor(version: string, missing: readonly string[]) {
    super(`cannot serve with Node ${version}: its http module lacks ${missing.join(', ')}`);
  }
}

/** The web server sent variables that do not make a request. RFC 3875 §4.1. */
export class BadCgiRequestError extends Error {
  readonly code = 'ERR_WORKER_BAD_CGI_REQUEST';
  override readonly name = 'BadCgiRequestError';

  /** Facts: the variable, its value, and what it has to be. */
  constructor(variable: string, value: string | undefined, expected: string) {
    super(`cannot read the CGI variable ${variable}: it is ${quote(value)}, expected ${expected}`);
  }
}

/** What `req` fails with when the client, or httpd for it, goes away: code and message are those of plain Node. */
export class RequestAbortedError extends Error {
  readonly code = 'ECONNRESET';

  constructor() {
    super('aborted');
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function describeThrown(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : `the value ${String(cause)}`;
}

function quote(value: string | undefined): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
