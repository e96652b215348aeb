/** Runs on Node's thread for module hooks: compiles ES modules with decorators. See decorator-metadata.ts. */
import { readFileSync } from 'node:fs';
import type { LoadHook } from 'node:module';
import { fileURLToPath } from 'node:url';

import { createDecoratorCompiler, type DecoratorContext, hasDecorators } from './decorator-compiler.ts';
import { findFormat, isAppTypeScript } from './module-format.ts';

let compile: ReturnType<typeof createDecoratorCompiler> | undefined;

export function initialize(context: DecoratorContext): void {
  compile = createDecoratorCompiler(context);
}

export const load: LoadHook = (url, context, nextLoad) => {
  const file = url.startsWith('file:') ? fileURLToPath(url.replace(/[?#].*/s, '')) : '';
  if (compile === undefined || !isAppTypeScript(file) || findFormat(file) !== 'module')
    return nextLoad(url, context);
  const source = readFileSync(file, 'utf8');
  if (!hasDecorators(source)) return nextLoad(url, context);
  return { format: 'module', source: compile(source, file, 'module'), shortCircuit: true };
};
