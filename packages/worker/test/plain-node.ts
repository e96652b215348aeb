import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What plain Node answers: the oracle. */
export interface PlainResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
}

/** Asks the handler once, over HTTP, in plain Node. */
export async function askPlainNode(
  handler: RequestListener,
  method: string,
  body: Buffer,
): Promise<PlainResponse> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const headers = body.length > 0 ? { 'Content-Length': body.length } : {};
    const req = request({ port, host: '127.0.0.1', method, agent: false, headers }).end(body);
    const [res] = (await once(req, 'response')) as [IncomingMessage];
    return { status: res.statusCode ?? 0, headers: collectHeaders(res.rawHeaders), body: await collect(res) };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Reads a stream to its end. */
export async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function collectHeaders(rawHeaders: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    headers.set(name, [...(headers.get(name) ?? []), rawHeaders[index + 1] ?? '']);
  }
  return headers;
}
