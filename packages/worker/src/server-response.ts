import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { setStoreHeader } from './node-internals.ts';
import type { RequestSocket } from './request-socket.ts';
import { storeHead } from './response-head.ts';
import type { ResponseOutput } from './response-output.ts';

/** What a response tells the request it answers. */
export interface ResponseOwner {
  readonly output: ResponseOutput;
  log(line: string): void;
  /** `prefinish`: the app has ended it. */
  endResponse(): void;
  /** `finish`: it has left. */
  responseFinished(): void;
}

/**
 * Node's own `ServerResponse` whose head is serialised as CGI. What differs from Node's lives in own properties and in
 * the socket, because Express replaces the prototype.
 */
export function createServerResponse(
  req: IncomingMessage,
  socket: RequestSocket,
  owner: ResponseOwner,
): ServerResponse {
  const res = new ServerResponse(req);
  setStoreHeader(res, (statusLine, headers) => {
    owner.output.start(
      storeHead(res, statusLine, headers, (line) => {
        owner.log(line);
      }),
    );
  });
  res.assignSocket(socket as unknown as Socket);
  res.on('prefinish', () => {
    owner.endResponse();
  });
  res.on('finish', () => {
    owner.responseFinished();
  });
  return res;
}
