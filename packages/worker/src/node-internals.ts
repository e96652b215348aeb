/**
 * The only file that touches what Node's http module does not document. `assertNodeInternals` names what a Node version
 * lacks, before anything depends on it. The names that Node looks for on a socket are in request-socket.ts.
 */

import type { Socket } from 'node:net';

import { NodeUnsupportedError } from './errors.ts';
import {
  createServer,
  IncomingMessage,
  type OutgoingMessage,
  type Server,
  ServerResponse,
} from './node-http.ts';

/** What `_storeHeader` takes: the map of `setHeader`, or what `writeHead` was given. */
export type StoredHeaders =
  | Readonly<Record<string, unknown>>
  | readonly unknown[]
  | readonly (readonly [string, unknown])[]
  | null
  | undefined;

/** Serialises the head into `_header`; the first line ends with CRLF. */
export type StoreHeader = (this: ServerResponse, firstLine: string, headers: StoredHeaders) => void;

interface RequestInternals {
  _consuming: boolean;
  /** Of every EventEmitter; `eventNames()` builds a list first. */
  _eventsCount: number;
  _readableState: {
    ended: boolean;
    endEmitted: boolean;
    destroyed: boolean;
    closed: boolean;
    closeEmitted: boolean;
  };
  _addHeaderLines(headers: string[], count: number): void;
}

interface ResponseInternals {
  _storeHeader: StoreHeader;
  _header: string | null;
  _headerSent: boolean;
  _hasBody: boolean;
  _contentLength: number | null;
  _removedConnection: boolean;
  _removedContLen: boolean;
  _removedTE: boolean;
  chunkedEncoding: boolean;
  useChunkedEncodingByDefault: boolean;
  [symbol: symbol]: unknown;
}

const storeHeader = internalsOf(ServerResponse.prototype)._storeHeader;
const sample = new ServerResponse(new IncomingMessage(undefined as never));
const needDrainSymbol = findSymbol(sample, 'kNeedDrain');
const headersSymbol = findSymbol(sample, 'kOutHeaders') ?? findSymbol(sample, 'kHeaders');
const sampleServer = createServer();
const requestClassSymbol = findSymbol(sampleServer, 'IncomingMessage');
const responseClassSymbol = findSymbol(sampleServer, 'ServerResponse');
/** Since Node 24; before, a request has no abort signal. */
const detachAbortSignalSymbol = findSymbol(IncomingMessage.prototype, 'kDetachAbortSignal');

/** Throws NodeUnsupportedError when this Node lacks an internal that this file uses. */
export function assertNodeInternals(): void {
  const response = internalsOf(sample) as unknown as Record<string, unknown>;
  const request = IncomingMessage.prototype as unknown as Record<string, unknown>;
  const missing = [
    ...['_storeHeader'].filter((name) => typeof response[name] !== 'function'),
    ...responseFields.filter((name) => !(name in response)),
    ...['_addHeaderLines'].filter((name) => typeof request[name] !== 'function'),
    ...['_consuming', '_eventsCount', '_readableState'].filter((name) => !(name in sample.req)),
    ...(needDrainSymbol === undefined ? ['kNeedDrain'] : []),
    ...(headersSymbol === undefined ? ['kOutHeaders'] : []),
    ...(requestClassSymbol === undefined ? ['kIncomingMessage'] : []),
    ...(responseClassSymbol === undefined ? ['kServerResponse'] : []),
  ];
  if (missing.length > 0) throw new NodeUnsupportedError(process.version, missing);
}

const responseFields: readonly (keyof ResponseInternals & string)[] = [
  '_header',
  '_headerSent',
  '_hasBody',
  '_contentLength',
  '_removedConnection',
  '_removedContLen',
  '_removedTE',
  'chunkedEncoding',
  'useChunkedEncodingByDefault',
];

/** A request of the class that the server was created with: Node's own, or the app's. */
export function newRequest(server: Server, socket: Socket): IncomingMessage {
  const Request = classOf(server, requestClassSymbol, IncomingMessage);
  return new Request(socket);
}

/** A response of the class that the server was created with, under its `rejectNonStandardBodyWrites`. */
export function newResponse(server: Server, req: IncomingMessage): ServerResponse {
  const Response = classOf<ResponseClass>(server, responseClassSymbol, ServerResponse);
  const { rejectNonStandardBodyWrites } = server as { readonly rejectNonStandardBodyWrites?: boolean };
  return new Response(req, { rejectNonStandardBodyWrites });
}

type ResponseClass = new (req: IncomingMessage, options: object) => ServerResponse;

function classOf<Class>(server: Server, symbol: symbol | undefined, own: Class): Class {
  return (symbol && (server as unknown as Record<symbol, Class | undefined>)[symbol]) ?? own;
}

/** Gives a request its headers; `headers` and `headersDistinct` derive from them when asked for. */
export function addRawHeaders(req: IncomingMessage, rawHeaders: string[]): void {
  (req as unknown as RequestInternals)._addHeaderLines(rawHeaders, rawHeaders.length);
}

/** Whether anybody has ever asked for the request's body. */
export function isConsumed(req: IncomingMessage): boolean {
  return (req as unknown as RequestInternals)._consuming;
}

/** Whether anybody listens to anything on the request. */
export function hasListeners(req: IncomingMessage): boolean {
  return (req as unknown as RequestInternals)._eventsCount > 0;
}

/** Takes a request that nobody reads or listens to to its end without the events. Since Node 24 Node has the same as an option. */
export function closeSilently(req: IncomingMessage): void {
  const state = (req as unknown as RequestInternals)._readableState;
  state.ended = true;
  state.endEmitted = true;
  state.destroyed = true;
  state.closed = true;
  state.closeEmitted = true;
}

/** The request ended well: what happens to its socket afterwards does not abort `req.signal`. */
export function detachAbortSignal(req: IncomingMessage): void {
  if (detachAbortSignalSymbol === undefined) return;
  (req as unknown as Record<symbol, (() => void) | undefined>)[detachAbortSignalSymbol]?.();
}

/**
 * Replaces how this response serialises its head. An own property, because Express replaces the prototype. Connection and
 * Transfer-Encoding count as removed by the app, so Node does not add them by itself.
 */
export function setStoreHeader(res: ServerResponse, replacement: StoreHeader): void {
  const internals = internalsOf(res);
  internals._storeHeader = replacement;
  internals._removedConnection = true;
  internals._removedTE = true;
  // Node takes HTTP/2.0 for older than 1.1 by its minor version, and sends no Content-Length then.
  if (res.req.httpVersionMajor >= 2) internals.useChunkedEncodingByDefault = true;
}

/** What Node made of a head. */
export interface StoredHead {
  readonly text: string;
  readonly hasBody: boolean;
  /** Bytes of the body that the head announces; undefined when it announces none. */
  readonly bodyBytes: number | undefined;
}

/**
 * Has Node serialise the head, behind the given first line, and takes it away from Node: the head is marked as sent, so
 * Node writes body bytes only, and never in chunks.
 */
export function takeHead(res: ServerResponse, firstLine: string, headers: StoredHeaders): StoredHead {
  const internals = internalsOf(res);
  storeHeader.call(res, firstLine, headers);
  internals._headerSent = true;
  internals.chunkedEncoding = false;
  const announced = internals._removedContLen ? null : internals._contentLength;
  return {
    text: internals._header ?? '',
    hasBody: internals._hasBody,
    bodyBytes: internals._hasBody && announced !== null ? announced : undefined,
  };
}

/** Makes Node ignore whatever body the app goes on to write, as it does for HEAD. */
export function refuseBody(res: ServerResponse): void {
  internalsOf(res)._hasBody = false;
}

/** Whether the headers are the response's own map, lower-case name → [name, value], as filled by `setHeader`. */
export function isOwnHeaderMap(res: ServerResponse, headers: StoredHeaders): boolean {
  return headersSymbol !== undefined && headers === internalsOf(res)[headersSymbol];
}

/** Whether a write has answered false since the last call: then a `drain` event is owed. */
export function takeNeedDrain(res: OutgoingMessage): boolean {
  const internals = internalsOf(res);
  if (needDrainSymbol === undefined || internals[needDrainSymbol] !== true) return false;
  internals[needDrainSymbol] = false;
  return true;
}

function internalsOf(res: OutgoingMessage): ResponseInternals {
  return res as unknown as ResponseInternals;
}

/** Symbols of Node's own have no other name than their description. */
function findSymbol(object: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);
}
