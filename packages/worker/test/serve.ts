import { createServer, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

import {
  ClientConnection,
  type ClientRequest,
  type ClientRequestOptions,
  type ClientResponse,
  sendRequest,
  type SendRequestOptions,
} from '@httpd-express/fastcgi';

import { Link } from '../src/link.ts';
import { OverdueRequests } from '../src/overdue-requests.ts';
import { createForwardedReader } from '../src/trusted-proxy.ts';
import { createDuplexPair } from './duplex-pair.ts';
import { waitFor } from './wait-for.ts';

/** A handler behind real links over pairs in memory. */
export interface Served {
  readonly server: Server;
  /** What was logged. */
  readonly log: string[];
  /** Sends one request on a link of its own. */
  send(params?: Params, stdin?: SendRequestOptions['stdin']): Promise<ClientResponse>;
  /** Begins a request whose rest the test sends by itself. */
  begin(params?: Params, options?: Partial<ClientRequestOptions>): Begun;
  /** A link without a request. */
  connect(): Connected;
  /** A link on a connection of the test's. */
  link(stream: Duplex): Link;
}

/** A connected link. */
interface Connected {
  readonly bridge: Duplex;
  readonly worker: Duplex;
  readonly client: ClientConnection;
  readonly link: Link;
}

/** A request that is under way. */
interface Begun extends Connected {
  readonly request: ClientRequest;
}

export type Params = Readonly<Record<string, string | undefined>>;

/** Variables of a GET of `/`; undefined takes one away. */
export function cgi(params: Params = {}): Record<string, string> {
  const all: Params = {
    REQUEST_METHOD: 'GET',
    REQUEST_URI: '/',
    SERVER_PROTOCOL: 'HTTP/1.1',
    REMOTE_ADDR: '192.0.2.7',
    REMOTE_PORT: '40000',
    SERVER_ADDR: '192.0.2.1',
    SERVER_PORT: '8000',
    HTTP_HOST: 'app.example',
    ...params,
  };
  return Object.fromEntries(
    Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** Variables of a POST whose body has that many bytes. */
export function post(bytes: number, params: Params = {}): Params {
  return { REQUEST_METHOD: 'POST', CONTENT_LENGTH: String(bytes), ...params };
}

/** Serves a handler, or what an existing server has. */
export function serve(handler: RequestListener | Server, mountPoint = '/'): Served {
  const server = typeof handler === 'function' ? createServer(handler) : handler;
  const log: string[] = [];
  const link = (stream: Duplex): Link =>
    new Link(stream, {
      server,
      mountPoint,
      readForwarded: createForwardedReader(undefined),
      overdue: new OverdueRequests(),
      log: (line) => log.push(line),
    });
  const connect = (): Connected => {
    const { bridge, worker } = createDuplexPair();
    return { bridge, worker, client: new ClientConnection(bridge), link: link(worker) };
  };
  return {
    server,
    log,
    link,
    connect,
    send: (params, stdin) =>
      sendRequest(connect().bridge, { params: cgi(params), ...(stdin === undefined ? {} : { stdin }) }),
    begin: (params, options = {}) => {
      const connected = connect();
      connected.bridge.on('data', (chunk: Buffer) => {
        connected.client.push(chunk);
      });
      connected.bridge.on('close', () => {
        connected.client.closed();
      });
      return { ...connected, request: connected.client.request({ params: cgi(params), ...options }) };
    },
  };
}

/** The value of a header that came once. */
export function header(response: ClientResponse, name: string): string | undefined {
  return response.headers.get(name)?.join(' AND ');
}

/** The body as text. */
export function text(response: ClientResponse): string {
  return response.body.toString('utf8');
}

/** What the bridge receives of one response: the bytes of STDOUT, and how many writes they came in. */
export async function recordStdout(
  served: Served,
  params: Params = {},
): Promise<{ readonly stdout: Buffer; readonly writes: number }> {
  const received: Buffer[] = [];
  let writes = 0;
  const { bridge, request } = served.begin(params, {
    stdin: Buffer.alloc(0),
    onStdout: (content) => received.push(Buffer.from(content)),
  });
  bridge.on('data', () => writes++);
  await waitFor(() => request.ended, { what: 'the end of the request' });
  return { stdout: Buffer.concat(received), writes };
}
