/** From what Node would have sent as a response head to what CGI and httpd accept. RFC 3875 §6. */
import type { ServerResponse } from 'node:http';

import {
  isOwnHeaderMap,
  refuseBody,
  type StoredHead,
  type StoredHeaders,
  takeHead,
} from './node-internals.ts';

/** Longest header line, with its CRLF, that httpd reads (MAX_STRING_LEN in util_script.c); beyond it answers a bare 500. */
export const MAX_HEADER_LINE_BYTES = 8190;

interface Logger {
  /** Takes one line for the log. */
  log(line: string): void;
}

/**
 * Headers that stay here: those about one connection, because httpd speaks for its own (RFC 9110 §7.6.1), and the one that
 * CGI takes for the status of the response (RFC 3875 §6.3.3).
 */
const refusedHeaders: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'status',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const CONTENT_LENGTH = 'content-length';

/** Most names are as long as none of these, which spares them a closer look. */
const suspectLengths: ReadonlySet<number> = new Set(
  [...refusedHeaders, CONTENT_LENGTH].map((name) => name.length),
);

/**
 * Serialises the head as CGI: `Status:` first and once, no hop-by-hop headers, no length that is not a number. A head that httpd
 * would choke on becomes a plain 500, and the log gets the reason.
 */
export function storeHead(
  res: ServerResponse,
  statusLine: string,
  headers: StoredHeaders,
  logger: Logger | undefined,
): StoredHead {
  const status = `Status:${statusLine.slice('HTTP/1.1'.length)}`;
  if (res.statusCode < 200) {
    const { statusCode } = res;
    takeHead(res, status, null);
    return replaceHead(res, `informational status as the final one status=${statusCode}`, logger);
  }
  const head = takeHead(res, status, withoutRefusedHeaders(res, headers));
  const longLine = findLongLine(head.text);
  if (longLine === undefined) return head;
  const { name, bytes } = longLine;
  return replaceHead(
    res,
    `response header too long for httpd header=${name} bytes=${bytes} limit=${MAX_HEADER_LINE_BYTES}`,
    logger,
  );
}

function replaceHead(res: ServerResponse, reason: string, logger: Logger | undefined): StoredHead {
  logger?.log(`answered 500 instead: ${reason}`);
  res.statusCode = 500;
  res.statusMessage = 'Internal Server Error';
  refuseBody(res);
  const body = 'Internal Server Error\n';
  const fields = ['Content-Type: text/plain; charset=utf-8', `Content-Length: ${body.length}`];
  const text = ['Status: 500 Internal Server Error', ...fields, '', ''].join('\r\n');
  return { text: res.req.method === 'HEAD' ? text : text + body, hasBody: false, bodyBytes: undefined };
}

function withoutRefusedHeaders(res: ServerResponse, headers: StoredHeaders): StoredHeaders {
  if (headers === null || headers === undefined) return headers;
  if (isOwnHeaderMap(res, headers)) {
    const map = headers as Readonly<Record<string, readonly [string, unknown]>>;
    for (const name in map) if (isRefused(name, map[name]?.[1])) res.removeHeader(name);
    return headers;
  }
  if (!Array.isArray(headers)) {
    const fields = headers as Readonly<Record<string, unknown>>;
    if (!Object.keys(fields).some((name) => isRefused(name, fields[name]))) return headers;
    return Object.fromEntries(Object.entries(fields).filter(([name, value]) => !isRefused(name, value)));
  }
  if (Array.isArray(headers[0]))
    return (headers as readonly (readonly [string, unknown])[]).filter(
      ([name, value]) => !isRefused(name, value),
    );
  return (headers as readonly unknown[]).filter(
    (_, index) => !isRefused(headers[index & ~1], headers[index | 1]),
  );
}

/** Names that are no strings are left to Node, which reports them. */
function isRefused(name: unknown, value: unknown): boolean {
  if (typeof name !== 'string' || !suspectLengths.has(name.length)) return false;
  const key = name.toLowerCase();
  if (key === CONTENT_LENGTH) return !/^\d+$/.test(String(value));
  return refusedHeaders.has(key);
}

function findLongLine(head: string): { readonly name: string; readonly bytes: number } | undefined {
  // A character takes up to three bytes when Node sends the head as UTF-8 together with a string.
  if (head.length * 3 <= MAX_HEADER_LINE_BYTES) return undefined;
  for (const line of head.split('\r\n')) {
    const bytes = Buffer.byteLength(line) + '\r\n'.length;
    if (bytes > MAX_HEADER_LINE_BYTES) return { name: line.slice(0, line.indexOf(':')), bytes };
  }
  return undefined;
}
