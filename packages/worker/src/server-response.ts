import type { Socket } from 'node:net';

import type { IncomingMessage, ServerResponse } from './node-http.ts';
import { newResponse, setStoreHeader, type StoredHeaders } from './node-internals.ts';
import { publishResponseStart } from './request-channels.ts';
import { RequestSocket } from './request-socket.ts';
import { storeHead } from './response-head.ts';

/**
 * Node's own `ServerResponse`, or the one that the app gave its server, whose head is serialised as CGI. What differs from
 * Node's lives in own properties and in the socket, because Express replaces the prototype.
 */
export function createServerResponse(req: IncomingMessage, socket: RequestSocket): ServerResponse {
  const res = newResponse(socket.server, req);
  setStoreHeader(res, storeCgiHead);
  res.assignSocket(socket as unknown as Socket);
  res.on('prefinish', onPrefinish);
  res.on('finish', onFinish);
  return res;
}

// Shared by all responses: a closure each per request costs more than finding the owner.

function storeCgiHead(this: ServerResponse, statusLine: string, headers: StoredHeaders): void {
  const owner = ownerOf(this);
  const head = storeHead(this, statusLine, headers, owner);
  owner?.output.start(head);
  publishResponseStart(this);
}

function onPrefinish(this: ServerResponse): void {
  ownerOf(this)?.endResponse();
}

function onFinish(this: ServerResponse): void {
  ownerOf(this)?.responseFinished();
}

/** Undefined once the response is over and detached. */
function ownerOf(res: ServerResponse): ReturnType<typeof RequestSocket.findOwner> {
  return RequestSocket.findOwner(res.socket);
}
