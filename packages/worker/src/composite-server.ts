import type { Socket } from 'node:net';

import { stripMountPoint } from './cgi-request.ts';
import {
  createServer,
  type IncomingMessage,
  type Server,
  ServerResponse,
  STATUS_CODES,
} from './node-http.ts';

/** As Connect and Express have it. */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => unknown;

/** An app under a URL prefix. */
export interface Mount {
  /** `/`, or a prefix without a trailing slash. */
  readonly prefix: string;
  readonly server: Server;
  /** Called in this order before the app. */
  readonly middleware: readonly Middleware[];
}

/** What Express reads and writes on a request that it mounts. */
type MountedRequest = IncomingMessage & { originalUrl?: string; baseUrl?: string };

/**
 * A server that gives each request to the mount with the longest prefix, as a mounted Express app sees it: `url` without
 * the prefix, `baseUrl` with it, `originalUrl` whole. Upgrades go to the mounted server without the middleware.
 */
export function createCompositeServer(mounts: readonly Mount[]): Server {
  const ordered = mounts.toSorted((a, b) => b.prefix.length - a.prefix.length);
  const server = createServer((req, res) => {
    const mount = enterMount(req, ordered);
    if (mount === undefined) answer(res, 404);
    else
      runMiddleware(mount.middleware, req, res, () => {
        mount.server.emit('request', req, res);
      });
  });
  server.on('upgrade', (req: IncomingMessage, socket: Socket, head: Buffer) => {
    const mounted = enterMount(req, ordered)?.server;
    if (mounted !== undefined && mounted.listenerCount('upgrade') > 0)
      mounted.emit('upgrade', req, socket, head);
    else answerUpgrade(req, socket, mounted);
  });
  return server;
}

/** Finds the mount of a request and takes its prefix off. */
function enterMount(req: MountedRequest, mounts: readonly Mount[]): Mount | undefined {
  const url = req.url ?? '/';
  for (const mount of mounts) {
    const below = mount.prefix === '/' ? url : stripMountPoint(url, mount.prefix);
    if (mount.prefix !== '/' && below === url) continue;
    req.originalUrl ??= url;
    req.baseUrl = `${req.baseUrl ?? ''}${mount.prefix === '/' ? '' : mount.prefix}`;
    req.url = below;
    return mount;
  }
  return undefined;
}

function runMiddleware(
  middleware: readonly Middleware[],
  req: IncomingMessage,
  res: ServerResponse,
  done: () => void,
): void {
  const [first, ...rest] = middleware;
  if (first === undefined) {
    done();
    return;
  }
  let isOver = false;
  const next = (error?: unknown): void => {
    if (isOver) return;
    isOver = true;
    if (error === undefined || error === null) runMiddleware(rest, req, res, done);
    else fail(res, error);
  };
  try {
    Promise.resolve(first(req, res, next)).catch((error: unknown) => {
      next(error ?? new Error('a middleware rejected without a reason'));
    });
  } catch (error) {
    next(error ?? new Error('a middleware threw nothing'));
  }
}

/** As Express: errors have a status of their own; those that do not are the server's, and logged. */
function fail(res: ServerResponse, error: unknown): void {
  const { status, statusCode } = error as { readonly status?: unknown; readonly statusCode?: unknown };
  const wanted = [status, statusCode].find((each) => typeof each === 'number' && each >= 400 && each < 600);
  const code = typeof wanted === 'number' ? wanted : 500;
  if (code >= 500) console.error(error);
  if (res.headersSent) res.destroy();
  else answer(res, code);
}

function answer(res: ServerResponse, status: number): void {
  res.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  res.end(`${STATUS_CODES[status] ?? status}\n`);
}

/** As plain Node: a server that does not listen for upgrades takes it for a request like any other. */
function answerUpgrade(req: IncomingMessage, socket: Socket, mounted: Server | undefined): void {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket);
  res.once('finish', () => socket.end());
  if (mounted === undefined) answer(res, 404);
  else mounted.emit('request', req, res);
}
