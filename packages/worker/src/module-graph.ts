import { createRequire, register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';

import { registerHooks } from './module-hooks.ts';

const ourDirectory = fileURLToPath(new URL('.', import.meta.url));
const { cache } = createRequire(import.meta.url);
const registered = new Set<string>();

/** Adds a file, absolute, to those whose change reloads the app under `--reload-on-changes`. */
export function watch(path: string): void {
  registered.add(path);
}

/**
 * Follows which files the app loads, from now on. Returns a function that gives those that are new since it was last
 * called: ES modules, CommonJS modules and files given to `watch`, without packages and our own.
 */
export function followModules(): () => string[] {
  const esm = followEsModules();
  const told = new Set<string>();
  return () => {
    const found = [...esm, ...Object.keys(cache), ...registered].filter(
      (file) => !told.has(file) && isOfApp(file),
    );
    for (const file of found) told.add(file);
    return [...new Set(found)];
  };
}

function followEsModules(): Set<string> {
  const files = new Set<string>();
  const add = (url: string): void => {
    if (url.startsWith('file:')) files.add(fileURLToPath(url.replace(/[?#].*/s, '')));
  };
  if (registerHooks !== undefined) {
    registerHooks({
      load: (url, context, nextLoad) => {
        add(url);
        return nextLoad(url, context);
      },
    });
    return files;
  }
  const { port1, port2 } = new MessageChannel();
  port1.on('message', add);
  port1.unref();
  register('./module-graph-hook.js', {
    parentURL: distribution(),
    data: { port: port2 },
    transferList: [port2],
  });
  return files;
}

/** The hook runs outside this program's loaders, so it is always the compiled one. */
function distribution(): URL {
  return new URL('../dist/', import.meta.url);
}

function isOfApp(file: string): boolean {
  return !file.includes('/node_modules/') && !file.startsWith(ourDirectory);
}
