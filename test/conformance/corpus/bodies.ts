import { ask, type Case, chunked, chunks, post, requestText } from '../case.ts';

const bytes = Array.from({ length: 256 }, (_, index) => String.fromCharCode(index)).join('');
const sizes = [1, 2, 100, 8191, 8192, 8193, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 200_000];
const readers = [
  'read-async',
  'read-readable',
  'read-later',
  'read-paused',
  'resume',
  'echo',
  'echo-pipeline',
  'not-read',
];

/** Bodies of every framing. */
export const framings: readonly Case[] = [
  ...sizes.map((size) => ask(`${size} bytes with a length`, post('x'.repeat(size)))),
  ...sizes.map((size) => ask(`${size} bytes in one chunk`, chunked(['x'.repeat(size)]))),
  ...[10, 1000].map((count) =>
    ask(`${count} chunks`, chunked(Array.from({ length: count }, (_, n) => `chunk ${n};`))),
  ),
  ask('every byte with a length', post(bytes)),
  ask('every byte in chunks', chunked([bytes, bytes])),
  ask('no bytes in chunks', chunked([])),
  ask('text', post('caf\u00c3\u00a9', { does: 'read-text' })),
  ask('chunks with extensions', {
    method: 'POST',
    headers: 'Transfer-Encoding: chunked\r\n',
    body: '3;a=b\r\nabc\r\n2;x="y;z"\r\nde\r\n0;last\r\n\r\n',
  }),
  ask('chunk sizes with zeros', {
    method: 'POST',
    headers: 'Transfer-Encoding: chunked\r\n',
    body: '0003\r\nabc\r\n000\r\n\r\n',
  }),
  ask('chunk sizes in upper case', {
    method: 'POST',
    headers: 'Transfer-Encoding: CHUNKED\r\n',
    body: `A\r\n0123456789\r\n0\r\n\r\n`,
  }),
  ask('trailers', {
    method: 'POST',
    headers: 'Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n',
    body: '3\r\nabc\r\n0\r\nX-Sum: 3\r\n\r\n',
  }),
  ask('trailers nobody announced', {
    method: 'POST',
    headers: 'Transfer-Encoding: chunked\r\n',
    body: '3\r\nabc\r\n0\r\nX-Sum: 3\r\nX-Sum: 4\r\n\r\n',
  }),
  ask('trailers behind a large body', {
    method: 'POST',
    headers: 'Transfer-Encoding: chunked\r\n',
    body: `${chunks('x'.repeat(100_000)).slice(0, -2)}X-Sum: 3\r\n\r\n`,
  }),
  ask('a GET with a length', post('abc', { method: 'GET' })),
  ask('a GET with chunks', chunked(['abc'], { method: 'GET' })),
  ask('a HEAD with a length', post('abc', { method: 'HEAD' })),
  ask('an upload that is a request', post('GET / HTTP/1.1\r\nHost: x\r\n\r\n')),
  piecemeal('a length, byte by byte', post('abcdef')),
  {
    title: 'a large body in pieces',
    methods: ['POST'],
    steps: [
      requestText({ method: 'POST', headers: 'Content-Length: 100000\r\n' }),
      ...Array.from({ length: 10 }, () => 'x'.repeat(10_000)),
    ],
  },
  {
    title: 'chunks in pieces',
    methods: ['POST'],
    steps: [
      requestText({ method: 'POST', headers: 'Transfer-Encoding: chunked\r\n' }),
      ...Array.from({ length: 5 }, () => chunks('x'.repeat(9000)).slice(0, -5)),
      chunks(),
    ],
  },
  {
    title: 'a body behind its beginning of an answer',
    methods: ['POST'],
    steps: [
      requestText({ method: 'POST', does: 'early-head', headers: 'Content-Length: 5\r\n', body: 'ab' }),
      { noted: 'begun' },
      'cde',
    ],
  },
];

/** Bodies that are read in every way; `readers` are behaviours. */
export function readings(readers: readonly string[]): Case[] {
  return readers.flatMap((does) => [
    ask(`nothing, and the app does ${does}`, { method: 'POST', does }),
    ask(`a length of 0, and the app does ${does}`, post('', { does })),
    ask(`a length, and the app does ${does}`, post('abc'.repeat(1000), { does })),
    ask(`a large length, and the app does ${does}`, post('abc'.repeat(50_000), { does })),
    ask(`chunks, and the app does ${does}`, chunked(['abc', 'def'], { does })),
    ask(
      `large chunks, and the app does ${does}`,
      chunked(['abc'.repeat(30_000), 'def'.repeat(30_000)], { does }),
    ),
  ]);
}

/** Bodies of every framing, read in every way that a Node handler has. */
export const bodies: readonly Case[] = [...framings, ...readings(readers)];

/** Every byte in a packet of its own. */
function piecemeal(title: string, shape: Parameters<typeof requestText>[0]): Case {
  const text = requestText({ ...shape, host: 'x' });
  const id = text.indexOf('{id}');
  const steps = [...text.slice(0, id).split(/(?:)/), '{id}', ...text.slice(id + '{id}'.length).split(/(?:)/)];
  return { title, steps, methods: ['POST'] };
}
