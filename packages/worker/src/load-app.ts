import type { Server } from 'node:http';
import { join } from 'node:path';

import { type AppOrigin, expectedShapes, toServer } from './app-shapes.ts';
import { describeValue } from './describe-value.ts';
import { AppThrewError, CallableMissingError, CallableUnusableError } from './errors.ts';
import { loadModule } from './loader.ts';
import type { AppSettings } from './messages.ts';
import { isCoded } from './report.ts';
import { createSplash } from './splash.ts';

/** What loading the app's module gave. */
export interface LoadedApp {
  /** Absent when no export answers requests: the app may still call listen(). */
  readonly server?: Server;
  /** What the module exports, in words. */
  readonly exports: string;
}

/** Exports that are tried, in this order, when none is named. */
const exportNames = ['default', 'app', 'application', 'handler', 'server'];

/** How to load an app. */
export interface LoadOptions {
  readonly workingDirectory: string;
  /** Whether the app has called listen(): then nothing it exports is made a server, and no factory called. */
  hasListened(): boolean;
}

/**
 * Loads the app's module and finds the export that answers requests; promises are awaited, factories called. Throws
 * AppMissingError, AppThrewError, Http2UnsupportedError, FrameworkMissingError, and with a `callableObject`
 * CallableMissingError and CallableUnusableError.
 */
export async function loadApp(settings: AppSettings, options: LoadOptions): Promise<LoadedApp> {
  if (settings.kind === 'splash') return { server: createSplash(), exports: 'nothing' };
  const namespace = await loadModule(settings, options.workingDirectory);
  if (options.hasListened()) return { exports: describeExports(namespace) };
  const origin = toOrigin(settings, options);
  return settings.callableObject === undefined
    ? findServer(namespace, origin)
    : requireServer(namespace, origin, settings.callableObject);
}

function toOrigin({ kind, entry }: AppSettings, { workingDirectory }: LoadOptions): AppOrigin {
  return { entry, importer: kind === 'script' ? entry : join(workingDirectory, '[express].js') };
}

async function findServer(namespace: Namespace, origin: AppOrigin): Promise<LoadedApp> {
  const exports = describeExports(namespace);
  for (const name of exportNames) {
    for (const candidate of findExports(namespace, name)) {
      const server = await makeServer(candidate, origin);
      if (server !== undefined) return { server, exports };
    }
  }
  return { exports };
}

async function requireServer(namespace: Namespace, origin: AppOrigin, name: string): Promise<LoadedApp> {
  const exports = describeExports(namespace);
  const candidates = findExports(namespace, name);
  if (candidates.length === 0) throw new CallableMissingError(origin.entry, name, exports);
  for (const candidate of candidates) {
    const server = await makeServer(candidate, origin);
    if (server !== undefined) return { server, exports };
  }
  throw new CallableUnusableError(origin.entry, name, describeValue(await candidates[0]), expectedShapes);
}

async function makeServer(candidate: unknown, origin: AppOrigin): Promise<Server | undefined> {
  try {
    return await toServer(await candidate, origin);
  } catch (error) {
    throw isCoded(error) ? error : new AppThrewError(origin.entry, error);
  }
}

type Namespace = Readonly<Record<string, unknown>>;

/**
 * The export of that name, and where the module is CommonJS the property of that name of `module.exports`. What is inherited
 * is none: every object has a `constructor` and a `toString`.
 */
export function findExports(namespace: Namespace, name: string): readonly unknown[] {
  return [namespace, namespace['default']]
    .filter((holder) => isHolder(holder) && Object.hasOwn(holder, name))
    .map((holder) => (holder as Namespace)[name])
    .filter((value) => value !== undefined);
}

function isHolder(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** What Node and compilers add to the exports of CommonJS modules. */
const artificialExports: ReadonlySet<string> = new Set(['__esModule', 'module.exports']);

/** What a module exports, in words. */
export function describeExports(namespace: Namespace): string {
  const names = Object.keys(namespace).filter((name) => !artificialExports.has(name));
  const isEmptyCommonJs = names.length === 1 && isEmptyObject(namespace['default']);
  if (names.length === 0 || isEmptyCommonJs) return 'nothing';
  return names.map((name) => `${name} (${describeValue(namespace[name])})`).join(', ');
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.keys(value).length === 0
  );
}
