import type * as https from 'node:https';
import { createRequire } from 'node:module';
import { Server as NetServer } from 'node:net';

import { Server as HttpServer } from './node-http.ts';

const require = createRequire(import.meta.url);

/** Whether it is the server of `node:https`, which is not loaded for apps without one: TLS costs memory and milliseconds. */
export function isHttpsServer(value: unknown): value is https.Server {
  if (!(value instanceof NetServer) || value instanceof HttpServer) return false;
  if (Object.getPrototypeOf(value) === NetServer.prototype) return false;
  return value instanceof (require('node:https') as typeof https).Server;
}
