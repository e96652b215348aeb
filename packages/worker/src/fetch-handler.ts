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
  // Not before: the first use of `Request` loads a megabyte of Node that other apps may do without.
  const [{ serve }, { NodeRequest }] = await Promise.all([import('srvx/node'), import('./node-request.ts')]);
  const { node } = serve({
    manual: true,
    gracefulShutdown: false,
    fetch: (request) => {
      const { req, res } = getNodeContext(request);
      if (res.getHeaderNames().length > 0) keepRepeatedHeaders(res);
      return app.fetch(new NodeRequest(request, req), { incoming: req, outgoing: res });
    },
  });
  const server = node?.server;
  if (server === undefined) throw new Error('srvx made no server. This is a bug.');
  return server as Server;
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
