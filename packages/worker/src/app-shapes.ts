import { Server as NetServer } from 'node:net';

import { isClass } from './describe-value.ts';
import { FrameworkMissingError, Http2UnsupportedError } from './errors.ts';
import { createFetchServer, type FetchApp } from './fetch-handler.ts';
import { isHttpsServer } from './https-server.ts';
import { importFrom } from './import-from.ts';
import { createServer, type RequestListener, Server as HttpServer } from './node-http.ts';

/** Where a value comes from. */
export interface AppOrigin {
  /** What was loaded, for messages. */
  readonly entry: string;
  /** A file, real or not, from which the app's own packages resolve. */
  readonly importer: string;
}

/** A kind of value that can answer requests. */
interface AppShape {
  /** As in “expected …”. */
  readonly description: string;
  matches(value: unknown): boolean;
  /** The server that answers for a value that matches; whatever the app throws meanwhile passes through. */
  toServer(value: unknown, origin: AppOrigin): HttpServer | undefined | Promise<HttpServer | undefined>;
}

/** What an app may be, in the order it is tried. Every shape ends as an http.Server on which requests are emitted: monitoring tools watch that. */
const appShapes: readonly AppShape[] = [
  {
    description: 'a function (req, res)',
    matches: (value) => isCallable(value) && takesArguments(value),
    toServer: (value) => createServer(value as RequestListener),
  },
  {
    description: 'a Koa application',
    matches: (value) =>
      hasMethods(value, 'callback', 'use', 'createContext') && 'middleware' in (value as object),
    toServer: (value) => createServer((value as { callback(): RequestListener }).callback()),
  },
  {
    description: 'a Fastify instance',
    matches: isFastify,
    toServer: async (value, origin) => {
      const instance = value as FastifyLike;
      await instance.ready();
      return toServer(instance.server, origin);
    },
  },
  {
    description: 'a NestJS application',
    matches: (value) => hasMethods(value, 'init', 'getHttpServer', 'getHttpAdapter'),
    toServer: async (value, origin) => {
      const app = value as NestLike;
      await app.init();
      const instance = app.getHttpAdapter().getInstance?.();
      return toServer(isFastify(instance) ? instance : app.getHttpServer(), origin);
    },
  },
  {
    description: 'an h3 application',
    // h3 1: an app of h3 2 has `fetch`.
    matches: (value) =>
      hasMethods(value, 'use', 'handler') && '__is_handler__' in (value as { handler: object }).handler,
    toServer: async (value, origin) => createServer(await toNodeListener(value, origin)),
  },
  {
    description: 'an object with fetch(request), such as a Hono application',
    matches: isFetchApp,
    toServer: (value) => createFetchServer(value as FetchApp),
  },
  {
    description: 'an http.Server',
    matches: (value) => value instanceof NetServer,
    toServer: (value, { entry }) => {
      if (isHttp2Server(value)) throw new Http2UnsupportedError(entry);
      return isHttpServer(value) ? value : undefined;
    },
  },
  {
    description: 'a promise of one of these or a function without parameters that returns one',
    matches: isCallable,
    toServer: async (value, origin) => {
      const made: unknown = await (value as () => unknown)();
      return isCallable(made) && !takesArguments(made) ? undefined : toServer(made, origin);
    },
  },
];

/** The shapes in words, for messages. */
export const expectedShapes = appShapes.map(({ description }) => description).join(', ');

/** The server that answers for a value, undefined when it is of no shape. Passes on what the app throws. */
export async function toServer(value: unknown, origin: AppOrigin): Promise<HttpServer | undefined> {
  return appShapes.find((shape) => shape.matches(value))?.toServer(value, origin);
}

/** Servers of Node's that emit `request` with an http.IncomingMessage. */
export function isHttpServer(value: unknown): value is HttpServer {
  return value instanceof HttpServer || isHttpsServer(value);
}

/** By name, because loading http2 to compare classes takes milliseconds and Node exports them nowhere. */
export function isHttp2Server(value: unknown): boolean {
  return value instanceof NetServer && ['Http2Server', 'Http2SecureServer'].includes(value.constructor.name);
}

interface FastifyLike {
  readonly server: unknown;
  ready(): PromiseLike<unknown>;
}

interface NestLike {
  init(): Promise<unknown>;
  getHttpServer(): unknown;
  getHttpAdapter(): { getInstance?(): unknown };
}

function isFastify(value: unknown): value is FastifyLike {
  return (
    hasMethods(value, 'ready', 'inject', 'register') && (value as FastifyLike).server instanceof NetServer
  );
}

/** Something that calls others has `fetch`, too: a module of fetch's names, or the global one under a new roof. */
function isFetchApp(value: unknown): boolean {
  if (!hasMethods(value, 'fetch') || typeof value === 'function') return false;
  const isClient = (value as FetchApp).fetch === (globalThis.fetch as unknown);
  return !isClient && !hasMethods(value, 'Request', 'Response');
}

function isCallable(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function' && !isClass(value);
}

/** Whether a function wants arguments although its `length` may be 0: `(...args) => …`, and `arguments` as wrappers use it. */
function takesArguments(value: (...args: unknown[]) => unknown): boolean {
  if (value.length > 0) return true;
  const source = Function.prototype.toString.call(value);
  return (
    /^[^(]*\(\s*\.\.\./.test(source) ||
    (/^(?:async\s+)?function\b/.test(source) && /\barguments\b/.test(source))
  );
}

/** Asks with `in` first: some routers make up a method for every name they are asked for. */
function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return names.every(
    (name) => name in value && typeof (value as Record<string, unknown>)[name] === 'function',
  );
}

/** h3 answers with parts of its own, so they must be those of the app's copy. */
async function toNodeListener(app: unknown, { entry, importer }: AppOrigin): Promise<RequestListener> {
  const h3 = (await importFrom('h3', importer).catch((error: unknown) => {
    throw new FrameworkMissingError(entry, 'h3', error);
  })) as { readonly toNodeListener?: (app: unknown) => RequestListener };
  if (h3.toNodeListener === undefined)
    throw new FrameworkMissingError(entry, 'h3', new Error('it has no toNodeListener'));
  return h3.toNodeListener(app);
}
