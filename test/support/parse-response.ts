/** A raw HTTP/1 response, taken apart; strings have one character per byte. */
export interface RawResponse {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** As sent, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Without chunk sizes. */
  readonly body: string;
  /** What tells the end of the body. */
  readonly framing: 'length' | 'chunked' | 'close' | 'none';
  /** Whether the end that was announced came. */
  readonly isComplete: boolean;
  /** What follows the response. */
  readonly rest: string;
}

/** Text → responses: informational ones, then the final one, then whatever follows on the same connection. */
export function parseResponse(text: string, method = 'GET'): RawResponse {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) throw new Error(`no response in ${JSON.stringify(text)}`);
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const [, version = '', status = '', reason = ''] = /^(HTTP\/\S+) (\d{3}) ?(.*)$/.exec(statusLine) ?? [];
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const find = (name: string): string | undefined =>
    headers.find(([header]) => header.toLowerCase() === name)?.[1];
  const head = { version, status: Number(status), reason, headers };
  const rest = text.slice(headEnd + 4);
  const length = find('content-length');
  if (method === 'HEAD' || Number(status) < 200 || status === '204' || status === '304')
    return { ...head, body: '', framing: 'none', isComplete: true, rest };
  if (find('transfer-encoding') === 'chunked') return { ...head, framing: 'chunked', ...readChunks(rest) };
  if (length === undefined) return { ...head, body: rest, framing: 'close', isComplete: true, rest: '' };
  const body = rest.slice(0, Number(length));
  const isComplete = body.length === Number(length);
  return { ...head, framing: 'length', body, isComplete, rest: rest.slice(Number(length)) };
}

/** Chunks and trailers → body. */
export function readChunks(text: string): Pick<RawResponse, 'body' | 'isComplete' | 'rest'> {
  let body = '';
  for (let position = 0; ;) {
    const size = /^([\da-f]+)[^\r\n]*\r\n/i.exec(text.slice(position, position + 100));
    if (size?.[1] === undefined) return { body, isComplete: false, rest: '' };
    const start = position + size[0].length;
    const bytes = Number.parseInt(size[1], 16);
    body += text.slice(start, start + bytes);
    if (bytes === 0) {
      // Trailers, each a line, then an empty one
      const [trailers] = /^(?:[^\r\n]+\r\n)*\r\n/.exec(text.slice(start)) ?? [];
      return { body, isComplete: trailers !== undefined, rest: text.slice(start + (trailers?.length ?? 0)) };
    }
    position = start + bytes + 2;
  }
}
