import { MAX_CGI_HEAD_BYTES } from './constants.ts';
import { CgiHeadError } from './errors.ts';

/** The head of a CGI response. RFC 3875 §6. */
export interface CgiHead {
  /** From `Status`; without it 302 when there is a `Location`, else 200 (RFC 3875 §6.2, §6.3.3). */
  readonly status: number;
  /** What follows the status code, often empty. */
  readonly reason: string;
  /** By lower-case name, in the order they came, `status` left out; latin1. Repeated names keep each value. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Where the body starts in the bytes that were parsed. */
  readonly bodyOffset: number;
}

/**
 * Reads the head at the start of STDOUT; lines end in CRLF or LF. Undefined until its empty line has come.
 * Throws CgiHeadError for a line that is not a header, a bad Status, and above MAX_CGI_HEAD_BYTES.
 */
export function parseCgiHead(bytes: Buffer): CgiHead | undefined {
  const bodyOffset = findBody(bytes);
  if ((bodyOffset ?? bytes.length) > MAX_CGI_HEAD_BYTES) {
    throw new CgiHeadError(
      `no empty line in ${MAX_CGI_HEAD_BYTES} bytes`,
      'a head within MAX_CGI_HEAD_BYTES',
    );
  }
  if (bodyOffset === undefined) return undefined;
  const headers = parseHeaders(bytes.toString('latin1', 0, bodyOffset));
  const [statusLine] = headers.get('status') ?? [headers.has('location') ? '302' : '200'];
  headers.delete('status');
  return { ...parseStatus(statusLine ?? ''), headers, bodyOffset };
}

function findBody(bytes: Buffer): number | undefined {
  let lineStart = 0;
  for (let lineEnd = bytes.indexOf(10); lineEnd !== -1; lineEnd = bytes.indexOf(10, lineStart)) {
    const length = lineEnd - lineStart;
    if (length === 0 || (length === 1 && bytes[lineStart] === 13)) return lineEnd + 1;
    lineStart = lineEnd + 1;
  }
  return undefined;
}

function parseHeaders(head: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of head.split(/\r?\n/)) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (!tokenPattern.test(name))
      throw new CgiHeadError(`line ${JSON.stringify(line.slice(0, 80))}`, 'NAME: VALUE');
    const values = headers.get(name);
    const value = line.slice(colon + 1).trim();
    if (values === undefined) headers.set(name, [value]);
    else values.push(value);
  }
  return headers;
}

function parseStatus(line: string): { readonly status: number; readonly reason: string } {
  const match = /^([1-9]\d\d)(?: (.*))?$/.exec(line);
  if (match === null) throw new CgiHeadError(`Status ${JSON.stringify(line)}`, 'three digits and a reason');
  return { status: Number(match[1]), reason: match[2] ?? '' };
}

const tokenPattern = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
