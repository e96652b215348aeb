/** What is answered with a file that the app named: status, head and bytes, from facts. Pure. RFC 9110 §13.2.2, §14.2 */

/** A file that was opened. */
interface FileFacts {
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** Names of headers in lower case. */
type HeaderMap = ReadonlyMap<string, readonly string[]>;

export interface FileAnswer {
  /** CGI, with its empty line. */
  readonly head: string;
  /** What to send: from the first byte to before the last; nothing for HEAD, 304, 412 and 416. */
  readonly range?: { readonly start: number; readonly end: number };
}

export interface FileQuestion {
  readonly status: number;
  readonly reason: string;
  /** Of the app's answer. */
  readonly headers: HeaderMap;
  /** CGI variables of the request. */
  readonly variables: ReadonlyMap<string, string>;
  readonly file: FileFacts;
}

/** Headers of the app that speak of the body it did not send. */
const dropped: ReadonlySet<string> = new Set([
  'x-sendfile',
  'content-length',
  'content-range',
  'accept-ranges',
]);

export function decideFileAnswer({ status, reason, headers, variables, file }: FileQuestion): FileAnswer {
  const etag =
    headers.get('etag')?.[0] ?? `"${file.bytes.toString(16)}-${Math.trunc(file.modifiedMs).toString(16)}"`;
  const modified = headers.get('last-modified')?.[0] ?? new Date(file.modifiedMs).toUTCString();
  const method = variables.get('REQUEST_METHOD');
  const validators = { etag, modified };
  const own = ['Accept-Ranges: bytes', `ETag: ${etag}`, `Last-Modified: ${modified}`];
  const kept = [...headers].filter(
    ([name]) => !dropped.has(name) && name !== 'etag' && name !== 'last-modified',
  );
  const lines = [...kept.flatMap(([name, values]) => values.map((value) => `${name}: ${value}`)), ...own];
  const whole = { start: 0, end: file.bytes };
  const answer = (line: string, extra: readonly string[], range?: FileAnswer['range']): FileAnswer => ({
    head: [`Status: ${line}`, ...lines, ...extra, '', ''].join('\r\n'),
    ...(range !== undefined && method !== 'HEAD' && { range }),
  });
  const all = answer(`${status} ${reason}`.trim(), [`Content-Length: ${file.bytes}`], whole);
  // Conditions and ranges are about a page that was found; an error page is sent as it is.
  if (status !== 200 || (method !== 'GET' && method !== 'HEAD')) return all;
  const failed = failedCondition(variables, validators);
  if (failed !== undefined) return answer(failed, []);
  const range = method === 'GET' ? findRange(variables, validators, file.bytes) : undefined;
  if (range === undefined) return all;
  if (range === 'unsatisfiable')
    return answer('416 Range Not Satisfiable', [`Content-Range: bytes */${file.bytes}`, 'Content-Length: 0']);
  const { start, end } = range;
  return answer(
    '206 Partial Content',
    [`Content-Range: bytes ${start}-${end - 1}/${file.bytes}`, `Content-Length: ${end - start}`],
    range,
  );
}

interface Validators {
  readonly etag: string;
  readonly modified: string;
}

function failedCondition(
  variables: ReadonlyMap<string, string>,
  { etag, modified }: Validators,
): string | undefined {
  const [match, noneMatch] = [variables.get('HTTP_IF_MATCH'), variables.get('HTTP_IF_NONE_MATCH')];
  const unmodifiedSince = Date.parse(variables.get('HTTP_IF_UNMODIFIED_SINCE') ?? '');
  const modifiedSince = Date.parse(variables.get('HTTP_IF_MODIFIED_SINCE') ?? '');
  const modifiedAt = Date.parse(modified);
  if (match !== undefined ? !lists(match, etag, true) : modifiedAt > unmodifiedSince)
    return '412 Precondition Failed';
  const isCurrent = noneMatch !== undefined ? lists(noneMatch, etag, false) : modifiedAt <= modifiedSince;
  return isCurrent ? '304 Not Modified' : undefined;
}

/** Whether a list of entity tags has this one; strong comparison takes no weak tag. RFC 9110 §8.8.3.2 */
function lists(list: string, etag: string, isStrong: boolean): boolean {
  if (list.trim() === '*') return true;
  const opaque = (tag: string) => tag.replace(/^W\//, '');
  const tags = list.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) =>
    isStrong ? tag === etag && !tag.startsWith('W/') : opaque(tag) === opaque(etag),
  );
}

/** One range; several at once, or one that is not understood, get the whole file, as a server may. */
function findRange(
  variables: ReadonlyMap<string, string>,
  { etag, modified }: Validators,
  bytes: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | undefined {
  const ifRange = variables.get('HTTP_IF_RANGE')?.trim();
  if (ifRange !== undefined && ifRange !== modified && !lists(ifRange, etag, true)) return undefined;
  const [, first, last] =
    /^bytes=(\d{0,15})-(\d{0,15})$/.exec(variables.get('HTTP_RANGE')?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const start = Math.max(0, bytes - Number(last));
    return start < bytes && last !== '0' ? { start, end: bytes } : 'unsatisfiable';
  }
  const [start, end] = [Number(first), last === '' ? bytes : Math.min(bytes, Number(last) + 1)];
  if (last !== '' && Number(last) < start) return undefined;
  return start < bytes ? { start, end } : 'unsatisfiable';
}
