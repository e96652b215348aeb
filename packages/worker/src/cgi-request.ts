import { BadCgiRequestError } from './errors.ts';
import { METHODS } from './node-http.ts';

/** CGI variables by name; values latin1, one character per byte. RFC 3875 §4.1. */
export type CgiVariables = ReadonlyMap<string, string>;

/** A request as `http.IncomingMessage` describes it. */
export interface CgiRequest {
  readonly method: string;
  /** The request target byte for byte, without the mount point. */
  readonly url: string;
  /** Set when a mount point was taken off: the whole target, and the mount point. Express composes with these names. */
  readonly mounted: { readonly originalUrl: string; readonly baseUrl: string } | undefined;
  readonly httpVersion: HttpVersion;
  /** Names and values in turn, names in Title-Case: CGI does not keep their case. */
  readonly rawHeaders: string[];
  /** Bytes of the body; undefined when only the end of STDIN tells. */
  readonly contentLength: number | undefined;
}

/** As in the request line, whole and in parts. */
interface HttpVersion {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** One end of the client's connection, as `net.Socket` describes it. */
export interface Endpoint {
  readonly address: string | undefined;
  readonly family: 'IPv4' | 'IPv6' | undefined;
  readonly port: number | undefined;
}

/**
 * CGI variables → request. Throws BadCgiRequestError when method, target or length cannot be read.
 * `mountPoint` is `/`, or a prefix without a trailing slash. `forwardedPrefix` is what a proxy has taken off in front of it.
 */
export function parseCgiRequest(
  variables: CgiVariables,
  mountPoint: string,
  forwardedPrefix = '',
): CgiRequest {
  const target = parseTarget(variables);
  const url = mountPoint === '/' ? target : stripMountPoint(target, mountPoint);
  const contentLength = parseContentLength(variables.get('CONTENT_LENGTH'));
  return {
    method: parseMethod(variables.get('REQUEST_METHOD')),
    url,
    mounted:
      url === target && forwardedPrefix === ''
        ? undefined
        : {
            originalUrl: forwardedPrefix + target,
            baseUrl: forwardedPrefix + (url === target ? '' : mountPoint),
          },
    httpVersion: parseVersion(variables.get('SERVER_PROTOCOL')),
    rawHeaders: parseHeaders(variables, contentLength !== undefined),
    contentLength,
  };
}

/** The client's end of its connection. */
export function parseRemoteEndpoint(variables: CgiVariables): Endpoint {
  return parseEndpoint(variables.get('REMOTE_ADDR'), variables.get('REMOTE_PORT'));
}

/** httpd's end of the client's connection. */
export function parseLocalEndpoint(variables: CgiVariables): Endpoint {
  return parseEndpoint(variables.get('SERVER_ADDR'), variables.get('SERVER_PORT'));
}

/** Whether the client's connection is TLS: mod_ssl sets `HTTPS=on`. */
export function parseEncrypted(variables: CgiVariables): boolean {
  return variables.get('HTTPS') === 'on';
}

function parseMethod(method: string | undefined): string {
  if (method === undefined || !methods.has(method))
    throw new BadCgiRequestError('REQUEST_METHOD', method, 'a method that Node knows');
  return method;
}

/** What plain Node's parser lets through; it takes CONNECT for a connection to somewhere else, which FastCGI has none of. */
const methods: ReadonlySet<string> = new Set(METHODS.filter((method) => method !== 'CONNECT'));

/** REQUEST_URI is the target as the client wrote it. Other FastCGI clients than httpd may send the parts only. */
function parseTarget(variables: CgiVariables): string {
  const target = variables.get('REQUEST_URI');
  if (target !== undefined && target !== '') {
    // Plain Node's parser refuses them; httpd lets bytes beyond ASCII through.
    if (!/^[\x21-\x7e]+$/.test(target))
      throw new BadCgiRequestError('REQUEST_URI', target, 'visible ASCII characters');
    return target;
  }
  const path = `${variables.get('SCRIPT_NAME') ?? ''}${variables.get('PATH_INFO') ?? ''}`;
  if (path === '') throw new BadCgiRequestError('REQUEST_URI', target, 'a request target');
  const query = variables.get('QUERY_STRING') ?? '';
  return query === '' ? path : `${path}?${query}`;
}

function parseContentLength(length: string | undefined): number | undefined {
  if (length === undefined || length === '') return undefined;
  const bytes = /^\d+$/.test(length) ? Number(length) : NaN;
  if (!Number.isSafeInteger(bytes))
    throw new BadCgiRequestError('CONTENT_LENGTH', length, 'a number of bytes');
  return bytes;
}

const http11: HttpVersion = { text: '1.1', major: 1, minor: 1 };
const versions: ReadonlyMap<string, HttpVersion> = new Map([
  ['HTTP/1.1', http11],
  ['HTTP/2.0', { text: '2.0', major: 2, minor: 0 }],
  ['HTTP/1.0', { text: '1.0', major: 1, minor: 0 }],
]);

/** Anything else (`INCLUDED` in a subrequest) did not come from a client's request line. */
function parseVersion(protocol: string | undefined): HttpVersion {
  return versions.get(protocol ?? '') ?? http11;
}

function parseHeaders(variables: CgiVariables, hasLength: boolean): string[] {
  const headers: string[] = [];
  for (const variable of variables.keys()) {
    if (!mayBeHeader(variable)) continue;
    const name = headerNameOf(variable);
    if (name === null) continue;
    const value = variables.get(variable) ?? '';
    // Both would let a client tell two lengths to whoever the app forwards the request to. RFC 9112 §6.3.
    if (hasLength && name === 'Transfer-Encoding') continue;
    if (value === '' && !variable.startsWith('HTTP_')) continue;
    headers.push(name, value);
  }
  return headers;
}

/** Three in four variables are ruled out here, for the price of two characters. */
function mayBeHeader(variable: string): boolean {
  const first = variable.charCodeAt(0);
  return (first === LETTER_H && variable.charCodeAt(4) === UNDERSCORE) || first === LETTER_C;
}

const LETTER_C = 0x43;
const LETTER_H = 0x48;
const UNDERSCORE = 0x5f;

/** Variables that carry no header of the client although their names say so. */
const notHeaders: ReadonlySet<string> = new Set([
  // https://httpoxy.org: HTTP libraries would take it for their own setting.
  'HTTP_PROXY',
  // The content's type and length have variables of their own: these could only contradict them.
  'HTTP_CONTENT_TYPE',
  'HTTP_CONTENT_LENGTH',
  // httpd's own stamp for the bridge.
  'HTTP_X_EXPRESS_START',
]);

// Clients choose names, so what is remembered has a limit.
const MAX_REMEMBERED_NAMES = 1000;
const rememberedNames = new Map<string, string | null>();

/** The header a variable stands for; null for none. */
function headerNameOf(variable: string): string | null {
  const remembered = rememberedNames.get(variable);
  if (remembered !== undefined) return remembered;
  const name = toHeaderName(variable);
  if (rememberedNames.size < MAX_REMEMBERED_NAMES) rememberedNames.set(variable, name);
  return name;
}

function toHeaderName(variable: string): string | null {
  if (variable === 'CONTENT_TYPE') return 'Content-Type';
  if (variable === 'CONTENT_LENGTH') return 'Content-Length';
  if (!variable.startsWith('HTTP_') || notHeaders.has(variable)) return null;
  return variable
    .slice('HTTP_'.length)
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase())
    .join('-');
}

function parseEndpoint(address: string | undefined, port: string | undefined): Endpoint {
  const number = Number(port);
  return {
    address: address === '' ? undefined : address,
    family: address === undefined || address === '' ? undefined : address.includes(':') ? 'IPv6' : 'IPv4',
    port: port === undefined || port === '' || !Number.isInteger(number) ? undefined : number,
  };
}

/**
 * Takes the mount point off a target; the target unchanged when it does not lie below. httpd compares decoded paths
 * with repeated slashes merged, so the segments are compared like that too.
 */
export function stripMountPoint(target: string, mountPoint: string): string {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(target)?.[0] ?? '';
  const rest = target.slice(authority.length);
  const prefix = findPrefix(rest, mountPoint);
  if (prefix === undefined) return target;
  const below = rest.slice(prefix.length);
  return authority + (below.startsWith('/') ? below : `/${below}`);
}

function findPrefix(path: string, mountPoint: string): string | undefined {
  let position = 0;
  for (const segment of mountPoint.split('/').slice(1)) {
    const found = /^\/+([^/?#]*)/.exec(path.slice(position));
    if (found?.[1] === undefined || decode(found[1]) !== segment) return undefined;
    position += found[0].length;
  }
  return path.slice(0, position);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // not UTF-8 behind its percent signs: no mount point is written like that
  }
}
