/**
 * Makes `httpd-express/worker` resolve for an app that has no such package: the one that serves it stands in. An app that
 * has it gets its own, which finds the worker all the same.
 */
import module, { createRequire, register } from 'node:module';
import { fileURLToPath } from 'node:url';

import { mentions } from './mentions.ts';

/** What apps import. */
const SPECIFIER = 'httpd-express/worker';

const api = new URL('../dist/api.js', import.meta.url);

/** What `module.registerHooks` takes; @types/node of Node 20 does not know it. */
type RegisterHooks = (hooks: { resolve: ResolveHook }) => void;
type Resolve = (specifier: string, context: unknown) => { url: string };
type ResolveHook = (
  specifier: string,
  context: unknown,
  next: Resolve,
) => { url: string; shortCircuit?: boolean };

/** Of Node's CommonJS loader; public in all but the documentation. */
interface CommonJsLoader {
  _resolveFilename(request: string, ...rest: unknown[]): string;
}

/** Provides it to modules that resolve from `importer`, a path; `entry` is the file that is loaded first, if it is one. */
export function provideApi(importer: string, entry: string | undefined): void {
  if (resolves(importer)) return;
  provideToRequire();
  if (hooksOnThisThread !== undefined) hooksOnThisThread({ resolve: resolveApi });
  // A thread of its own for hooks takes longer to start than most apps: only for one that needs it.
  else if (entry === undefined || mentions(entry, SPECIFIER))
    register('./provide-api-hook.js', { parentURL: new URL('../dist/', import.meta.url), data: api.href });
}

/** Since Node 24: before, they break `require()` of ES modules. */
const hooksOnThisThread =
  Number(process.versions.node.split('.')[0]) >= 24
    ? (module as unknown as { readonly registerHooks: RegisterHooks }).registerHooks
    : undefined;

function resolves(importer: string): boolean {
  try {
    createRequire(importer).resolve(SPECIFIER);
    return true;
  } catch {
    return false; // no such package, or another of that name
  }
}

const resolveApi: ResolveHook = (specifier, context, next) => {
  if (specifier !== SPECIFIER) return next(specifier, context);
  try {
    return next(specifier, context);
  } catch {
    return { url: api.href, shortCircuit: true };
  }
};

function provideToRequire(): void {
  const loader = module as unknown as CommonJsLoader;
  const resolve = loader._resolveFilename.bind(loader);
  const path = fileURLToPath(api);
  loader._resolveFilename = (request, ...rest) => {
    if (request !== SPECIFIER) return resolve(request, ...rest);
    try {
      return resolve(request, ...rest);
    } catch {
      return path;
    }
  };
}
