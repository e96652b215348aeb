import { readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

import {
  createDecoratorCompiler,
  type DecoratorContext,
  hasDecorators,
  importersOf,
} from './decorator-compiler.ts';
import { findFormat, isAppTypeScript } from './module-format.ts';
import { registerHooks } from './module-hooks.ts';
import type { Tsconfig } from './tsconfig.ts';

/** What is compiled with the metadata of decorators: the app's own files, as the tsconfig.json wants them. */
export interface DecoratorMetadataOptions {
  readonly tsconfig: Tsconfig;
  readonly entry: string;
  readonly workingDirectory: string;
}

/**
 * Takes the files with decorators from the TypeScript loader, which was registered before: resolution and all other files
 * stay with it.
 */
export function registerDecoratorMetadata({
  tsconfig,
  entry,
  workingDirectory,
}: DecoratorMetadataOptions): void {
  const context: DecoratorContext = {
    tsconfigPath: tsconfig.path,
    compilerOptions: tsconfig.compilerOptions,
    importers: importersOf(entry, workingDirectory),
  };
  const compile = createDecoratorCompiler(context);
  if (registerHooks === undefined) {
    module.register('./decorator-hook.js', {
      parentURL: new URL('../dist/', import.meta.url),
      data: context,
    });
    registerCommonJs(compile);
    return;
  }
  registerHooks({
    load: (url, hookContext, nextLoad) => {
      const file = url.startsWith('file:') ? fileURLToPath(url.replace(/[?#].*/s, '')) : '';
      if (!isAppTypeScript(file)) return nextLoad(url, hookContext);
      const source = readFileSync(file, 'utf8');
      if (!hasDecorators(source)) return nextLoad(url, hookContext);
      const format = findFormat(file);
      return { format, source: compile(source, file, format), shortCircuit: true };
    },
  });
  registerCommonJs(compile);
}

type Extension = (
  module: NodeJS.Module & { _compile(code: string, file: string): void },
  file: string,
) => void;

/** Where `require` does not go through the hooks. */
function registerCommonJs(compile: ReturnType<typeof createDecoratorCompiler>): void {
  const extensions = (module as unknown as { _extensions: Record<string, Extension | undefined> })
    ._extensions;
  for (const extension of ['.ts', '.cts', '.tsx']) {
    const next = extensions[extension] ?? extensions['.js'];
    extensions[extension] = (loaded, file) => {
      const source =
        isAppTypeScript(file) && findFormat(file) === 'commonjs' ? readFileSync(file, 'utf8') : '';
      if (hasDecorators(source)) loaded._compile(compile(source, file, 'commonjs'), file);
      else next?.(loaded, file);
    };
  }
}
