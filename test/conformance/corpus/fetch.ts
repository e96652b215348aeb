import { ask, type Case, chunked, chunks, post, requestText, type Step } from '../case.ts';
import { framings, readings } from './bodies.ts';
import { connections } from './connections.ts';
import { methods } from './methods.ts';
import { requestHeaders } from './request-headers.ts';
import { conditions } from './responses.ts';
import { targets } from './targets.ts';

const readers = ['read-stream', 'read-later', 'read-slowly', 'not-read', 'echo', 'echo-through'];

/** Methods of `Request` that read, and bodies that suit them or not. */
const consumers: readonly Case[] = [
  ...['read-json', 'read-blob', 'read-form', 'read-clone', 'read-twice', 'read-used'].flatMap((does) => [
    ask(
      `JSON, and the app does ${does}`,
      post('{"a":1}', { does, headers: 'Content-Type: application/json\r\n' }),
    ),
    ask(
      `a form, and the app does ${does}`,
      post('a=1&b=%20', { does, headers: 'Content-Type: application/x-www-form-urlencoded\r\n' }),
    ),
    ask(`nothing at all, and the app does ${does}`, { method: 'POST', does }),
    ask(`nothing of a GET, and the app does ${does}`, { does }),
  ]),
  ask(
    'a form of parts',
    post('--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n', {
      does: 'read-form',
      headers: 'Content-Type: multipart/form-data; boundary=b\r\n',
    }),
  ),
  ask('JSON in chunks', chunked(['{"a"', ':1}'], { does: 'read-json' })),
];

const behaviours = [
  'end', 'empty', 'empty-string', 'end-bytes', 'end-buffer', 'end-utf8', 'blob', 'parameters', 'json', 'large', 'write',
  'later', 'promised', 'stream-empty', 'stream-one', 'stream-large', 'stream-bytes', 'stream-generated', 'stream-length',
  'length-short', 'length-long', 'length-head', 'no-content', 'not-modified', 'reason', 'reason-latin1', 'redirect',
  'redirect-relative', 'cookies', 'many', 'header-odd', 'header-hundred', 'date-own', 'etag', 'gzip', 'ranges',
  'connection-close', 'connection-upgrade', 'transfer-encoding', 'events', 'not-read',
]; // prettier-ignore

const statuses = [200, 201, 204, 205, 206, 299, 301, 304, 400, 404, 418, 451, 500, 503, 599];
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

const responses: readonly Case[] = [
  ...behaviours.map((does) => ask(does, { does })),
  ...behaviours.map((does) => ask(`${does}, to HEAD`, { method: 'HEAD', does })),
  ...behaviours
    // With its length the client has the whole of `stream-length`, and may leave before the app has ended it.
    .filter((does, index) => index % 3 === 0 && does !== 'stream-length')
    .map((does) => ask(`${does}, to HTTP/1.0`, { version: '1.0', does })),
  ...statuses.map((status) => ask(`status ${status} without a body`, { does: 'status', parameter: status })),
  ...statuses
    .filter((status) => !bodiless.has(status))
    .map((status) => ask(`status ${status} with a body`, { does: 'status-body', parameter: status })),
  ...['text/html', 'TEXT/HTML;Charset=UTF-8', 'nonsense'].map((type) =>
    ask(`the type ${type}`, { does: 'type', parameter: type }),
  ),
  ...[8000, 9000].map((size) => ask(`a header of ${size} bytes`, { does: 'header-big', parameter: size })),
];

const early: readonly Case[] = ['early', 'early-reading'].flatMap((does) => [
  ask(`to a small body by ${does}`, post('abc', { does })),
  ask(`to chunks by ${does}`, chunked(['abc'], { does })),
  ask(`to a large body by ${does}`, post('x'.repeat(300_000), { does })),
]);

/** Apps that throw, and that answer what is no answer. */
const failures: readonly Case[] = [
  'throw', 'throw-nothing', 'reject', 'reject-reading', 'answer-nothing', 'answer-later-nothing', 'answer-null',
  'error-response', 'stream-fails-first', 'stream-fails-midway', 'stream-fails-midway-of-length', 'status-too-small',
  'header-invalid',
].flatMap((does) => [
  ask(does, { does }),
  ask(`${does}, to HEAD`, { method: 'HEAD', does }),
  ask(`${does}, to a POST`, post('abc', { does })),
]); // prettier-ignore

const leave = { leave: 'destroy' } as const;
const half = { method: 'POST', headers: 'Content-Length: 100000\r\n', body: 'x'.repeat(50_000) };

const departures: readonly Case[] = [
  leaver('after the request', [requestText({ does: 'end' }), { noted: 'closed' }]),
  ...['wait-reading', 'read-stream', 'read-blob'].map((does) =>
    leaver(`in a body, and the app does ${does}`, [requestText({ ...half, does }), { noted: 'begun' }]),
  ),
  leaver('between chunks', [
    requestText({
      method: 'POST',
      does: 'wait-reading',
      headers: 'Transfer-Encoding: chunked\r\n',
      body: chunks('x'.repeat(40_000)).slice(0, -5),
    }),
    { noted: 'begun' },
  ]),
  ...['wait', 'wait-for-abort'].map((does) =>
    leaver(`while the answer begins, and the app does ${does}`, [requestText({ does }), { noted: 'begun' }]),
  ),
  leaver('while a stream is under way', [requestText({ does: 'stream-slowly' }), { received: /piece/ }]),
  leaver('while much is under way', [requestText({ does: 'stream-much' }), { received: /\0{1000}/ }]),
  leaver('while a stream answers a POST', [
    requestText(post('abc', { does: 'stream-slowly' })),
    { received: /piece/ },
  ]),
];

/** Every case of a fetch app, by theme; of the Node handler's themes those that are about the request come first. */
export const fetchCorpus: Readonly<Record<string, readonly Case[]>> = {
  'a request with the method': methods,
  'a request for': targets,
  'a request with': requestHeaders,
  'a body of': [...framings, ...readings(readers), ...consumers],
  'an app that answers': responses,
  'a request with conditions:': conditions,
  'a connection': connections,
  'an early answer': early,
  'a client that leaves': departures,
  'an app that fails by': failures,
};

function leaver(title: string, steps: readonly Step[]): Case {
  return { title, steps: [...steps, leave], methods: [] };
}
