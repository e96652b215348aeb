import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import type {
  ImportKind,
  Loader,
  OnLoadResult,
  OnResolveArgs,
  OnResolveResult,
  Plugin,
  PluginBuild,
} from 'esbuild';

import {
  createDecoratorCompiler,
  type DecoratorContext,
  hasDecorators,
  type ModuleFormat,
} from './decorator-compiler.ts';
import { findFormat } from './module-format.ts';

/** What a bundle is made for. */
export interface BundleContext {
  /** Of the bundle: that of the app's entry. */
  readonly format: ModuleFormat;
  /** Set where decorators need their metadata. */
  readonly decorators?: DecoratorContext;
}

/** What a file calls its own place, and the variables that say it in the bundle: esbuild's `define`. */
export const placeNames = {
  'import.meta.url': '__expressUrl',
  'import.meta.dirname': '__expressDirname',
  'import.meta.filename': '__expressFilename',
  __dirname: '__expressDirname',
  __filename: '__expressFilename',
} as const;

/** Leaves packages outside, tells every file its own place, and compiles decorators with their metadata. */
export function createBundlePlugin(context: BundleContext): Plugin {
  return {
    name: 'express',
    setup(build) {
      const compile = context.decorators && createDecoratorCompiler(context.decorators);
      // Machine code cannot be bundled; every copy of it would count as another.
      build.onResolve({ filter: /^[./].*\.node$/ }, ({ path, resolveDir }) => ({
        path: resolve(resolveDir, path),
        external: true,
      }));
      build.onResolve({ filter: /^[^./]/ }, (args) => resolvePackage(build, args, context.format));
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, ({ path }) => load(path, compile));
    },
  };
}

/** Marks a look-up of ours: the plugin leaves it to esbuild. */
const ours = Symbol('express');

/**
 * A package is named by the file that Node would find from where it is imported, because from the bundle Node would look
 * elsewhere. TypeScript is bundled wherever it is; and what a CommonJS bundle cannot require, on Node 20, is as well.
 */
async function resolvePackage(
  build: PluginBuild,
  { path, kind, importer, resolveDir, pluginData }: OnResolveArgs,
  format: ModuleFormat,
): Promise<OnResolveResult | undefined> {
  if (pluginData === ours || kind === 'entry-point') return undefined;
  if (isBuiltin(path)) return { path, external: true };
  const asRequired: ImportKind = format === 'commonjs' && kind === 'import-statement' ? 'require-call' : kind;
  const look = (as: ImportKind): ReturnType<PluginBuild['resolve']> =>
    build.resolve(path, { kind: as, importer, resolveDir, pluginData: ours });
  let found = await look(asRequired);
  if (found.errors.length > 0 && asRequired !== kind) found = await look(kind);
  // It may be there only when it is needed, or never: Node says so to who imports it.
  if (found.errors.length > 0) return { path, external: true };
  const isPackage = found.path.includes('/node_modules/') && !/\.(?:[cm]?ts|tsx)$/.test(found.path);
  const isRequired = asRequired === 'require-call' || asRequired === 'require-resolve';
  if (!isPackage || (isRequired && format === 'commonjs' && isEsModule(found.path))) return found;
  return { path: isRequired ? found.path : pathToFileURL(found.path).href, external: true };
}

function isEsModule(file: string): boolean {
  return /\.m?js$/.test(file) && findFormat(file) === 'module';
}

const loaders: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
};

async function load(
  file: string,
  compile: ReturnType<typeof createDecoratorCompiler> | undefined,
): Promise<OnLoadResult> {
  const source = await readFile(file, 'utf8');
  const loader = loaders[extname(file)] ?? 'js';
  if (compile !== undefined && loader.startsWith('ts') && hasDecorators(source))
    return { contents: withPlace(compile(source, file, 'module'), file), loader: 'js' };
  return { contents: withPlace(source, file), loader };
}

/** On the first line, so that the others keep their numbers. */
function withPlace(source: string, file: string): string {
  const values = {
    __expressUrl: pathToFileURL(file).href,
    __expressDirname: dirname(file),
    __expressFilename: file,
  };
  const used = new Set(
    Object.entries(placeNames).flatMap(([name, variable]) => (source.includes(name) ? [variable] : [])),
  );
  const places = [...used].map((name) => `const ${name} = ${JSON.stringify(values[name])};`).join(' ');
  const isProgram = source.startsWith('#!');
  return `${places}${isProgram ? '//' : ''}${source}`;
}
