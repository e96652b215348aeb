import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import type { ServerRequest } from 'srvx';

/** What Hono, h3 2, Bun, Deno and Cloudflare Workers call an app. */
export interface FetchApp {
  /** `env` has the names that Hono's own Node server gives them. */
  fetch(
    request: Request,
    env: { incoming: IncomingMessage; outgoing: ServerResponse },
  ): Response | Promise<Response>;
}

/**
 * The server that answers for an app with `fetch`: the one of srvx, which neither replaces `Request` and `Response` nor
 * believes forwarded headers. What `fetch` throws is logged and answered 500.
 */
export async function createFetchServer(app: FetchApp): Promise<Server> {
  const { serve } = await import('srvx/node');
  const { node } = serve({
    manual: true,
    gracefulShutdown: false,
    fetch: (request) => {
      const { req, res } = getNodeContext(request);
      if (res.getHeaderNames().length > 0) keepRepeatedHeaders(res);
      return app.fetch(new NodeRequest(request), { incoming: req, outgoing: res });
    },
  });
  const server = node?.server;
  if (server === undefined) throw new Error('srvx made no server. This is a bug.');
  return server as Server;
}

/**
 * srvx's request only looks like a `Request`: `new Request(request)` and `fetch(request)` refuse it, and apps pass requests
 * on like that. This is one. The signal stays lazy, because following one costs more than all the rest of a request.
 */
class NodeRequest extends Request {
  readonly #request: ServerRequest;

  constructor(request: ServerRequest) {
    const { method, headers, body } = request;
    super(request.url, { method, headers, ...(body !== null && { body, duplex: 'half' }) });
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

/** Node 20 keeps only the last of the Set-Cookie that `writeHead` is given when a middleware has set any header before. */
function keepRepeatedHeaders(res: ServerResponse): void {
  const writeHead = res.writeHead.bind(res) as (status: number, reason: string) => ServerResponse;
  res.writeHead = ((status: number, reason = '', headers: readonly string[] = []) => {
    const seen = new Set<string>();
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const [name = '', value = ''] = headers.slice(i, i + 2);
      if (seen.has(name)) res.appendHeader(name, value);
      else res.setHeader(name, value);
      seen.add(name);
    }
    return writeHead(status, reason);
  }) as unknown as ServerResponse['writeHead'];
}

function getNodeContext({ runtime }: ServerRequest): { req: IncomingMessage; res: ServerResponse } {
  const { req, res } = runtime?.node ?? {};
  if (req === undefined || res === undefined) throw new Error('srvx names no Node request. This is a bug.');
  return { req: req as IncomingMessage, res: res as ServerResponse };
}
