import type { IncomingMessage } from 'node:http';

import type { ServerRequest } from 'srvx';

import { createBodyStream } from './body-stream.ts';

/**
 * srvx's request only looks like a `Request`: `new Request(request)` and `fetch(request)` refuse it, and apps pass requests
 * on like that. This is one. The signal stays lazy, because following one costs more than all the rest of a request.
 */
export class NodeRequest extends Request {
  readonly #request: ServerRequest;

  /** @param req what `request` was made of */
  constructor(request: ServerRequest, req: IncomingMessage) {
    const { method, headers } = request;
    const hasBody = method !== 'GET' && method !== 'HEAD';
    super(request.url, { method, headers, ...(hasBody && { body: createBodyStream(req), duplex: 'half' }) });
    this.#request = request;
  }

  static {
    Object.defineProperty(this.prototype, 'signal', {
      configurable: true,
      get(this: NodeRequest): AbortSignal {
        return this.#request.signal;
      },
    });
  }

  /** Address of the client; this and the next two are what srvx gives its apps, h3 among them. */
  get ip(): string | undefined {
    return this.#request.ip;
  }

  get runtime(): ServerRequest['runtime'] {
    return this.#request.runtime;
  }

  get waitUntil(): ServerRequest['waitUntil'] {
    return this.#request.waitUntil;
  }
}
