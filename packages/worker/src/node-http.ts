/**
 * `node:http`, as the other files of this package import it. An `import` of it reads every one of its exports, and since
 * Node 22 that loads `WebSocket` with all of undici, http2 and TLS: 30 ms of CPU time and 2 MiB in every worker, for apps
 * that use none of it. Without one it is loaded as `require` does it, which is what Express does.
 */
import type * as http from 'node:http';

export const { createServer, IncomingMessage, METHODS, Server, ServerResponse, STATUS_CODES } =
  process.getBuiltinModule('node:http');

export type IncomingMessage = http.IncomingMessage;
export type OutgoingMessage = http.OutgoingMessage;
export type RequestListener = http.RequestListener;
export type Server = http.Server;
export type ServerResponse<Request extends IncomingMessage = IncomingMessage> = http.ServerResponse<Request>;
