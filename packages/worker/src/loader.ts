import { access, constants, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { AppMissingError, AppPathUnsupportedError, AppThrewError } from './errors.ts';
import { importFrom } from './import-from.ts';
import type { AppSettings } from './messages.ts';
import { locateSyntaxError } from './syntax-error.ts';

/** Exports by name. */
export type ModuleNamespace = Readonly<Record<string, unknown>>;

/**
 * Imports the app's module; TypeScript is compiled on the way, with the tsconfig.json of the working directory. Throws
 * AppMissingError when the entry cannot be found or read, AppPathUnsupportedError, and AppThrewError when loading it throws.
 */
export async function loadModule(app: AppSettings, workingDirectory: string): Promise<ModuleNamespace> {
  process.setSourceMapsEnabled(true);
  return app.kind === 'module'
    ? loadPackage(app.entry, workingDirectory)
    : loadScript(app.entry, workingDirectory);
}

async function loadScript(path: string, workingDirectory: string): Promise<ModuleNamespace> {
  try {
    await access(path, constants.R_OK);
    if (!(await stat(path)).isFile()) throw new Error('it is no file');
  } catch (error) {
    throw new AppMissingError(path, workingDirectory, error);
  }
  if (isTypeScript(path)) {
    if (path.includes('?')) throw new AppPathUnsupportedError(path);
    await registerTypeScript();
  }
  try {
    return await importFile(path);
  } catch (error) {
    await locateSyntaxError(error, path);
    throw new AppThrewError(path, error);
  }
}

async function loadPackage(specifier: string, workingDirectory: string): Promise<ModuleNamespace> {
  const importer = join(workingDirectory, '[express].js');
  if (isTypeScript(findPackageFile(specifier, importer))) await registerTypeScript();
  try {
    return await importFrom(specifier, importer);
  } catch (error) {
    if (isUnresolved(error, importer)) throw new AppMissingError(specifier, workingDirectory, error);
    throw new AppThrewError(specifier, error);
  }
}

async function importFile(path: string): Promise<ModuleNamespace> {
  // Node refuses an escaped backslash in the URL of a module, so such a path can only be required.
  if (path.includes('\\')) return { default: createRequire(path)(path) as unknown };
  return (await import(pathToFileURL(path).href)) as ModuleNamespace;
}

function isTypeScript(path: string | undefined): boolean {
  return path !== undefined && /\.(?:[cm]?ts|tsx)$/.test(path);
}

/** The loader comes from this package: apps need neither node_modules nor a package.json. */
async function registerTypeScript(): Promise<void> {
  const commonJs = await import('tsx/cjs/api');
  const esm = await import('tsx/esm/api');
  commonJs.register();
  esm.register();
}

/** What `require` would load; undefined for packages that only `import` resolves: those are published JavaScript. */
function findPackageFile(specifier: string, importer: string): string | undefined {
  try {
    return createRequire(importer).resolve(specifier);
  } catch {
    return undefined; // importing it says why
  }
}

const unresolvedCodes: ReadonlySet<unknown> = new Set([
  'ERR_MODULE_NOT_FOUND',
  'MODULE_NOT_FOUND',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_INVALID_MODULE_SPECIFIER',
]);

/** Whether the specifier itself was not found, rather than something its module imports. */
function isUnresolved(error: unknown, importer: string): boolean {
  return (
    error instanceof Error &&
    unresolvedCodes.has((error as { code?: unknown }).code) &&
    error.message.includes(importer)
  );
}
