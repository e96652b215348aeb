import type { Socket } from 'node:net';

import type { CgiRequest } from './cgi-request.ts';
import type { IncomingMessage } from './node-http.ts';
import { addRawHeaders, newRequest } from './node-internals.ts';
import type { RequestSocket } from './request-socket.ts';

/** What Express and Connect read on a request that was stripped of its mount point. */
interface Mounted {
  originalUrl: string;
  baseUrl: string;
}

/** Node's own `IncomingMessage`, or the one that the app gave its server, for a CGI request; its body comes from the socket. */
export function createIncomingMessage(cgi: CgiRequest, socket: RequestSocket): IncomingMessage {
  const req = newRequest(socket.server, socket as unknown as Socket);
  req.method = cgi.method;
  req.url = cgi.url;
  req.httpVersionMajor = cgi.httpVersion.major;
  req.httpVersionMinor = cgi.httpVersion.minor;
  req.httpVersion = cgi.httpVersion.text;
  (req as { upgrade?: boolean }).upgrade = false;
  addRawHeaders(req, cgi.rawHeaders);
  if (cgi.mounted !== undefined) Object.assign(req as IncomingMessage & Partial<Mounted>, cgi.mounted);
  return req;
}
