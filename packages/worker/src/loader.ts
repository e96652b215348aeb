import { access, constants, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { AppMissingError, AppPathUnsupportedError, AppThrewError, LoaderUnsupportedError } from './errors.ts';
import { importFrom } from './import-from.ts';
import { findRemedy } from './load-trouble.ts';
import type { AppSettings, LoaderName } from './messages.ts';
import { isCoded } from './report.ts';
import { locateSyntaxError } from './syntax-error.ts';

/** Exports by name. */
export type ModuleNamespace = Readonly<Record<string, unknown>>;

/**
 * Imports the app's module; TypeScript is compiled on the way, as `loader` says. Throws AppMissingError when the entry
 * cannot be found or read, the errors of the loader (AppPathUnsupportedError, LoaderUnsupportedError, TsconfigError,
 * DecoratorCompilerMissingError), and AppThrewError when loading it throws.
 */
export async function loadModule(app: AppSettings, workingDirectory: string): Promise<ModuleNamespace> {
  process.setSourceMapsEnabled(true);
  return app.kind === 'module' ? loadPackage(app, workingDirectory) : loadScript(app, workingDirectory);
}

async function loadScript(app: AppSettings, workingDirectory: string): Promise<ModuleNamespace> {
  const path = app.entry;
  try {
    await access(path, constants.R_OK);
    if (!(await stat(path)).isFile()) throw new Error('it is no file');
  } catch (error) {
    throw new AppMissingError(path, workingDirectory, error);
  }
  if (app.bundle === undefined) await prepareFor(path, app.loader, workingDirectory);
  try {
    return await importFile(app.bundle?.file ?? path);
  } catch (error) {
    await locateSyntaxError(error, path);
    throw toLoadError(path, error);
  }
}

async function loadPackage(
  { entry: specifier, loader }: AppSettings,
  workingDirectory: string,
): Promise<ModuleNamespace> {
  const importer = join(workingDirectory, '[express].js');
  await prepareFor(findPackageFile(specifier, importer) ?? importer, loader, workingDirectory);
  try {
    return await importFrom(specifier, importer);
  } catch (error) {
    if (isUnresolved(error, importer)) throw new AppMissingError(specifier, workingDirectory, error);
    throw toLoadError(specifier, error);
  }
}

/** Which files need the TypeScript loader. */
const needsTypeScript: Readonly<Record<LoaderName, (file: string) => boolean>> = {
  auto: isTypeScript,
  tsx: () => true,
  native: () => false,
  none: () => false,
  // What is not in the bundle: scripts that answer for files, parts of a composition.
  bundle: isTypeScript,
};

async function prepareFor(
  file: string,
  loader: LoaderName = 'auto',
  workingDirectory: string,
): Promise<void> {
  if (loader === 'native' && !stripsTypes()) throw new LoaderUnsupportedError(process.version);
  if (!needsTypeScript[loader](file)) return;
  if (file.includes('?')) throw new AppPathUnsupportedError(file);
  // JavaScript is served without it, and starts sooner.
  const { registerTypeScript } = await import('./typescript.ts');
  await registerTypeScript(file, workingDirectory);
}

/** `process.features.typescript`, since Node 22.10; @types/node of Node 20 does not know it. */
function stripsTypes(): boolean {
  const { typescript = false } = process.features as { readonly typescript?: string | false };
  return typescript !== false;
}

/** An error of ours may have come through the loader; any other is the app's. */
function toLoadError(entry: string, error: unknown): Error {
  return isCoded(error) ? error : new AppThrewError(entry, error, findRemedy(error));
}

async function importFile(path: string): Promise<ModuleNamespace> {
  // Node refuses an escaped backslash in the URL of a module, so such a path can only be required.
  if (path.includes('\\')) return { default: createRequire(path)(path) as unknown };
  return (await import(pathToFileURL(path).href)) as ModuleNamespace;
}

function isTypeScript(path: string | undefined): boolean {
  return path !== undefined && /\.(?:[cm]?ts|tsx)$/.test(path);
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
