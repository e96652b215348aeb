import type { Server } from 'node:http';

import { describeValue, expectedShapes, toServer } from './app-shapes.ts';
import { AppThrewError, CallableMissingError, CallableUnusableError } from './errors.ts';
import { loadModule } from './loader.ts';
import type { AppSettings } from './messages.ts';
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

/**
 * Loads the app's module and finds the export that answers requests; promises are awaited. Throws AppMissingError,
 * AppThrewError, and with a `callableObject` CallableMissingError and CallableUnusableError.
 */
export async function loadApp(settings: AppSettings, workingDirectory: string): Promise<LoadedApp> {
  if (settings.kind === 'splash') return { server: createSplash(), exports: 'nothing' };
  const namespace = await loadModule(settings, workingDirectory);
  return settings.callableObject === undefined
    ? findServer(namespace, settings.entry)
    : requireServer(namespace, settings.entry, settings.callableObject);
}

async function findServer(namespace: Namespace, entry: string): Promise<LoadedApp> {
  const exports = describeExports(namespace);
  for (const name of exportNames) {
    for (const candidate of findExports(namespace, name)) {
      const server = toServer(await settle(candidate, entry));
      if (server !== undefined) return { server, exports };
    }
  }
  return { exports };
}

async function requireServer(namespace: Namespace, entry: string, name: string): Promise<LoadedApp> {
  const exports = describeExports(namespace);
  const candidates = findExports(namespace, name);
  if (candidates.length === 0) throw new CallableMissingError(entry, name, exports);
  const values = await Promise.all(candidates.map((candidate) => settle(candidate, entry)));
  const server = values.map(toServer).find((found) => found !== undefined);
  if (server === undefined)
    throw new CallableUnusableError(entry, name, describeValue(values[0]), expectedShapes);
  return { server, exports };
}

async function settle(value: unknown, entry: string): Promise<unknown> {
  try {
    return await value;
  } catch (error) {
    throw new AppThrewError(entry, error);
  }
}

type Namespace = Readonly<Record<string, unknown>>;

/** The export of that name, and where the module is CommonJS the property of that name of `module.exports`. */
function findExports(namespace: Namespace, name: string): readonly unknown[] {
  return [namespace, namespace['default']]
    .filter((holder) => isHolder(holder) && name in holder)
    .map((holder) => (holder as Namespace)[name])
    .filter((value) => value !== undefined);
}

function isHolder(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** What Node and compilers add to the exports of CommonJS modules. */
const artificialExports: ReadonlySet<string> = new Set(['__esModule', 'module.exports']);

function describeExports(namespace: Namespace): string {
  const names = Object.keys(namespace).filter((name) => !artificialExports.has(name));
  const isEmptyCommonJs = names.length === 1 && isEmptyObject(namespace['default']);
  if (names.length === 0 || isEmptyCommonJs) return 'nothing';
  return names.map((name) => `${name} (${describeValue(namespace[name])})`).join(', ');
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
