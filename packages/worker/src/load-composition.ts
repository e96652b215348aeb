import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { dirname, resolve } from 'node:path';

import { toServer } from './app-shapes.ts';
import { type Mount, createCompositeServer, type Middleware } from './composite-server.ts';
import { type MiddlewarePart, type MountPart, type Part, parseComposition } from './composition.ts';
import { describeValue, isClass } from './describe-value.ts';
import { AppMissingError, AppThrewError, CompositionError } from './errors.ts';
import { loadModule } from './loader.ts';
import type { AppSettings } from './messages.ts';
import { isCoded } from './report.ts';

/** What loading a composition takes. */
export interface CompositionLoader {
  /** Finds the server of one app as if it were the only one; packages resolve from the directory. */
  findApp(app: AppSettings, directory: string): Promise<Server>;
  /** Told of the files whose change makes another server of it. */
  onFiles(files: readonly string[]): void;
}

/**
 * Loads a composition file and everything it names, one after the other, and puts it behind one server. Throws
 * CompositionError, and what loading an app throws.
 */
export async function loadComposition(file: string, loader: CompositionLoader): Promise<Server> {
  const { middleware, mounts } = parseComposition(await readComposition(file), file);
  const directory = dirname(file);
  const paths = [...middleware, ...mounts.flatMap((mount) => [mount.app, ...mount.middleware])].flatMap(
    (part) => ('path' in part ? [resolve(directory, part.path)] : []),
  );
  loader.onFiles([file, ...paths]);
  const shared = await loadMiddleware(middleware, 'middleware', file);
  const loaded: Mount[] = [];
  for (const mount of mounts) {
    const key = `mounts[${JSON.stringify(mount.prefix)}]`;
    loaded.push({
      prefix: mount.prefix,
      server: await loadMount(mount, { key, file, loader }),
      middleware: [...shared, ...(await loadMiddleware(mount.middleware, `${key}.middleware`, file))],
    });
  }
  return createCompositeServer(loaded);
}

async function readComposition(file: string): Promise<unknown> {
  if (!file.endsWith('.json')) {
    const namespace = await loadModule({ kind: 'script', entry: file, mountPoint: '/' }, dirname(file));
    return unwrapDefault(namespace['default']);
  }
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new AppMissingError(file, dirname(file), error);
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CompositionError(
      file,
      'the file',
      error instanceof Error ? error.message : String(error),
      'JSON',
    );
  }
}

interface MountContext {
  readonly key: string;
  readonly file: string;
  readonly loader: CompositionLoader;
}

async function loadMount({ app }: MountPart, { key, file, loader }: MountContext): Promise<Server> {
  if (!('value' in app)) return loader.findApp(toSettings(app, file), dirname(file));
  const server = await guard(file, async () => toServer(await app.value, { entry: file, importer: file }));
  if (server === undefined) throw new CompositionError(file, key, describeValue(app.value), 'an app');
  return server;
}

function toSettings(part: Part, file: string): AppSettings {
  const named = part.callableObject === undefined ? {} : { callableObject: part.callableObject };
  return 'path' in part
    ? { kind: 'script', entry: resolve(dirname(file), part.path), mountPoint: '/', ...named }
    : { kind: 'module', entry: 'package' in part ? part.package : '', mountPoint: '/', ...named };
}

async function loadMiddleware(
  parts: readonly MiddlewarePart[],
  key: string,
  file: string,
): Promise<Middleware[]> {
  const loaded: Middleware[] = [];
  for (const [index, part] of parts.entries()) {
    const value = 'value' in part ? part.value : await loadExport(part, file);
    const made =
      'options' in part && isFunction(value) ? await guard(file, () => value(part.options)) : value;
    if (!isFunction(made))
      throw new CompositionError(
        file,
        `${key}[${index}]`,
        describeValue(made),
        'a function (req, res, next)',
      );
    loaded.push(made);
  }
  return loaded;
}

async function loadExport(part: Part, file: string): Promise<unknown> {
  const namespace = await loadModule(toSettings(part, file), dirname(file));
  const name = part.callableObject ?? 'default';
  const value = namespace[name] ?? (namespace['default'] as Record<string, unknown> | undefined)?.[name];
  return unwrapDefault(value);
}

/** What compilers make of `export default` for CommonJS. */
function unwrapDefault(value: unknown): unknown {
  const isModule = typeof value === 'object' && value !== null && '__esModule' in value && 'default' in value;
  return isModule ? value.default : value;
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function' && !isClass(value);
}

async function guard<T>(file: string, action: () => T): Promise<Awaited<T>> {
  try {
    return await action();
  } catch (error) {
    throw isCoded(error) ? error : new AppThrewError(file, error);
  }
}
