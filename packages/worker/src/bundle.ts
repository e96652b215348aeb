/**
 * `--loader bundle`: the app's own files become one, once per (re)load, with esbuild; every worker loads that. Packages
 * stay where they are. The bridge calls this; what it gives reaches the workers as `AppSettings.bundle`.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { BuildOptions } from 'esbuild';

import { type BundleContext, createBundlePlugin, placeNames } from './bundle-plugin.ts';
import { importersOf } from './decorator-compiler.ts';
import { BundleError } from './errors.ts';
import type { AppBundle, WorkerFailure } from './messages.ts';
import { findFormat } from './module-format.ts';
import { isCoded, toFailure } from './report.ts';
import { findTsconfig } from './tsconfig.ts';

/** What is made into one file, and where that goes. */
export interface BundleOptions {
  /** Absolute path of the app. */
  readonly entry: string;
  readonly workingDirectory: string;
  /** Made anew, for this account alone; the caller removes it. */
  readonly directory: string;
}

/** Settles with the bundle, or with why there is none: TsconfigError, DecoratorCompilerMissingError, BundleError. */
export async function bundleApp(options: BundleOptions): Promise<AppBundle | WorkerFailure> {
  try {
    return await build(options);
  } catch (error) {
    await rm(options.directory, { recursive: true, force: true });
    if (!isCoded(error)) throw error;
    return toFailure(error);
  }
}

async function build({ entry, workingDirectory, directory }: BundleOptions): Promise<AppBundle> {
  const tsconfig = findTsconfig(entry, workingDirectory);
  const context: BundleContext = {
    format: findFormat(entry),
    ...(tsconfig?.compilerOptions.emitDecoratorMetadata === true && {
      decorators: {
        tsconfigPath: tsconfig.path,
        compilerOptions: tsconfig.compilerOptions,
        importers: importersOf(entry, workingDirectory),
      },
    }),
  };
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o700, recursive: true });
  const file = join(directory, context.format === 'module' ? 'app.mjs' : 'app.cjs');
  const esbuild = await import('esbuild');
  // What esbuild writes is for everybody to read.
  const umask = process.umask(0o077);
  try {
    const { metafile } = await esbuild.build({
      ...toBuildOptions(context, entry),
      absWorkingDir: workingDirectory,
      outfile: file,
      ...(tsconfig && { tsconfig: tsconfig.path }),
    });
    const sources = Object.keys(metafile.inputs).map((input) => join(workingDirectory, input));
    return { file, sources };
  } catch (error) {
    throw isCoded(error) ? error : new BundleError(entry, error);
  } finally {
    process.umask(umask);
    await esbuild.stop(); // its process would stay
  }
}

function toBuildOptions(context: BundleContext, entry: string): BuildOptions & { readonly metafile: true } {
  return {
    entryPoints: [entry],
    bundle: true,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: context.format === 'module' ? 'esm' : 'cjs',
    conditions: [],
    mainFields: ['main'],
    sourcemap: 'linked',
    sourcesContent: false,
    keepNames: true,
    logLevel: 'silent',
    plugins: [createBundlePlugin(context)],
    define: placeNames,
    banner: context.format === 'module' ? { js: requireForEsm(entry) } : {},
  };
}

/** CommonJS files within an ES module are given `require` by esbuild only where there is one. */
function requireForEsm(entry: string): string {
  return `import { createRequire as __expressCreateRequire } from 'node:module'; const require = __expressCreateRequire(${JSON.stringify(entry)});`;
}
