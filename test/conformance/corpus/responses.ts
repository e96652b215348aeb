import { ask, type Case } from '../case.ts';

/** Behaviours of the app that answer GET and HEAD. */
const behaviours = [
  'end', 'empty', 'end-bytes', 'end-utf8', 'end-latin1', 'end-base64', 'end-callback', 'end-twice', 'write-after-end',
  'head-after-end', 'large', 'large-write', 'large-drain', 'write', 'write-callbacks', 'write-empty', 'write-utf16',
  'write-array', 'write-null', 'corked', 'later', 'immediate', 'much', 'length', 'length-lower', 'length-zero',
  'length-string', 'length-head', 'length-short', 'length-long', 'length-removed', 'chunked-explicit',
  'chunked-removed', 'no-content', 'not-modified', 'not-modified-length', 'reason', 'reason-message', 'reason-empty',
  'reason-latin1', 'redirect', 'redirect-absolute', 'redirect-bare', 'cookies', 'cookies-appended', 'many', 'many-array',
  'header-list', 'header-map', 'header-merged', 'header-removed', 'header-invalid', 'header-late', 'header-odd',
  'header-hundred', 'date-own', 'date-none', 'modified-future', 'etag', 'encoded-gzip', 'gzip', 'trailers',
  'informational', 'flush-headers', 'connection-close', 'connection-headers', 'connection-upgrade', 'keep-alive-off',
  'keep-alive-pieces', 'events', 'not-read',
]; // prettier-ignore

/** Node refuses trailers where the answer is not chunked. */
function isForAll(does: string): boolean {
  return does !== 'trailers';
}

const statuses = [
  200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 299, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403,
  404, 405, 406, 407, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 425, 426, 428, 429, 431, 451, 499,
  500, 501, 502, 503, 504, 505, 511, 599, 600, 999,
]; // prettier-ignore

const types = [
  'text/html',
  'text/plain; charset=utf-8',
  'TEXT/HTML;Charset=UTF-8',
  'application/json',
  'image/svg+xml',
  'x/unknown',
  'nonsense',
];

/** What an app may answer. */
export const responses: readonly Case[] = [
  ...behaviours.map((does) => ask(does, { does })),
  ...behaviours.filter(isForAll).map((does) => ask(`${does}, to HEAD`, { method: 'HEAD', does })),
  ...behaviours
    .filter((does, index) => isForAll(does) && index % 2 === 0)
    .map((does) => ask(`${does}, to HTTP/1.0`, { version: '1.0', does })),
  ...statuses.map((status) => ask(`status ${status} without a body`, { does: 'status', parameter: status })),
  ...statuses.map((status) =>
    ask(`status ${status} with a body`, { does: 'status-body', parameter: status }),
  ),
  ...[204, 304, 200, 404].map((status) =>
    ask(`status ${status} in pieces`, { does: 'status-pieces', parameter: status }),
  ),
  ...[0, 99, 1000].map((status) => ask(`status ${status}`, { does: 'status-invalid', parameter: status })),
  ...types.map((type) => ask(`the type ${type}`, { does: 'type', parameter: type })),
  ...[1000, 8000, 8180, 9000, 20_000].map((size) =>
    ask(`a header of ${size} bytes`, { does: 'header-big', parameter: size }),
  ),
];

/** Requests with conditions and ranges that the app answers as it likes. */
export const conditions: readonly Case[] = [
  ...['"v1"', 'W/"v1"', '*', '"v2"'].map((tag) =>
    ask(`If-None-Match ${tag} that the app does not look at`, {
      does: 'etag',
      headers: `If-None-Match: ${tag}\r\n`,
    }),
  ),
  ask('If-Match that the app does not look at', { does: 'etag', headers: 'If-Match: "v2"\r\n' }),
  ask('If-Modified-Since that the app does not look at', {
    does: 'etag',
    headers: 'If-Modified-Since: Wed, 21 Oct 2025 07:28:00 GMT\r\n',
  }),
  ask('If-Unmodified-Since that the app does not look at', {
    does: 'etag',
    headers: 'If-Unmodified-Since: Wed, 21 Oct 2005 07:28:00 GMT\r\n',
  }),
  ask('a 304 that the app sends', { does: 'not-modified', headers: 'If-None-Match: "v1"\r\n' }),
  ask('a range that the app answers', { does: 'partial', headers: 'Range: bytes=2-4\r\n' }),
  ask('a range that the app refuses', { does: 'partial-refused', headers: 'Range: bytes=20-40\r\n' }),
  ask('a range of what accepts none', { does: 'ranges-none', headers: 'Range: bytes=2-4\r\n' }),
  ask('a range of what says nothing', { does: 'ranges-unsaid', headers: 'Range: bytes=2-4\r\n' }),
  ask('a range of what accepts ranges', { does: 'ranges', headers: 'Range: bytes=2-4\r\n' }),
  ask('two ranges', { does: 'ranges-unsaid', headers: 'Range: bytes=0-1,4-5\r\n' }),
  ask('a range behind the end', { does: 'ranges-unsaid', headers: 'Range: bytes=90-99\r\n' }),
  ask('a range from the end', { does: 'ranges-unsaid', headers: 'Range: bytes=-3\r\n' }),
  ask('a range of a stream', { does: 'later', headers: 'Range: bytes=0-2\r\n' }),
  ask('a range with If-Range', { does: 'ranges', headers: 'Range: bytes=2-4\r\nIf-Range: "r"\r\n' }),
  ask('a range of an error', { does: 'status-body', parameter: 404, headers: 'Range: bytes=2-4\r\n' }),
];
