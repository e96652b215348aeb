import { ask, type Case, chunked, post, requestText } from '../case.ts';

const get = (does = 'end', headers = ''): string => requestText({ does, headers });
const close = 'Connection: close\r\n';

/** Connections that are kept, closed, and used again. */
export const connections: readonly Case[] = [
  ask('asked to close', { does: 'end', headers: close }),
  ask('asked to close in upper case', { does: 'end', headers: 'CONNECTION: CLOSE\r\n' }),
  ask('asked to close among others', { does: 'end', headers: 'Connection: x, close\r\n' }),
  ask('asked to be kept', { does: 'end', headers: 'Connection: keep-alive\r\n' }),
  ask('asked to be kept for a stream', { does: 'later', headers: 'Connection: keep-alive\r\n' }),
  ask('asked to close after a stream', { does: 'later', headers: close }),
  ask('asked to close after a POST', post('abc', { headers: close })),
  ask('asked to close after HEAD', { method: 'HEAD', does: 'end', headers: close }),
  ask('asked to close after 204', { does: 'no-content', headers: close }),
  ask('asked to close after 304', { does: 'not-modified', headers: close }),
  ask('of HTTP/1.0', { version: '1.0', does: 'end' }),
  ask('of HTTP/1.0 without Host', { version: '1.0', does: 'end', host: null }),
  ask('of HTTP/1.0 for HEAD', { version: '1.0', method: 'HEAD', does: 'end' }),
  ask('of HTTP/1.0 for several writes', { version: '1.0', does: 'later' }),
  ask('of HTTP/1.0 for 204', { version: '1.0', does: 'no-content' }),
  ask('of HTTP/1.0 for 304', { version: '1.0', does: 'not-modified' }),
  ask('of HTTP/1.0 for an empty body', { version: '1.0', does: 'empty' }),
  ask('of HTTP/1.0 asked to be kept', { version: '1.0', does: 'end', headers: 'Connection: keep-alive\r\n' }),
  ask('of HTTP/1.0 asked to be kept for a stream', {
    version: '1.0',
    does: 'later',
    headers: 'Connection: keep-alive\r\n',
  }),
  ask('of HTTP/1.0 asked to be kept for HEAD', {
    version: '1.0',
    method: 'HEAD',
    does: 'length-head',
    headers: 'Connection: keep-alive\r\n',
  }),
  ask('of HTTP/1.0 with a body', post('abc', { version: '1.0' })),
  ask('of HTTP/1.0 with chunks', chunked(['abc'], { version: '1.0' })),
  ask('of HTTP/1.0 with Expect', post('abc', { version: '1.0', headers: 'Expect: 100-continue\r\n' })),
  ask('of HTTP/1.0 for a POST without a length', { version: '1.0', method: 'POST' }),
  several('two at once', ['GET', 'GET'], get() + get()),
  several(
    'five at once',
    Array.from({ length: 5 }, () => 'GET'),
    get().repeat(5),
  ),
  several('a slow one before a fast one', ['GET', 'GET'], get('later') + get()),
  several('a silent one before a fast one', ['GET', 'GET'], get('not-read') + get()),
  several('a large one before a small one', ['GET', 'GET'], get('large') + get()),
  several('a POST between two GET', ['GET', 'POST', 'GET'], get() + requestText(post('abc')) + get()),
  several('chunks between two GET', ['GET', 'POST', 'GET'], get() + requestText(chunked(['abc'])) + get()),
  several(
    'a body nobody read before a GET',
    ['POST', 'GET'],
    requestText(post('abc', { does: 'not-read' })) + get(),
  ),
  several(
    'chunks nobody read before a GET',
    ['POST', 'GET'],
    requestText(chunked(['abc'], { does: 'not-read' })) + get(),
  ),
  several(
    'a large body nobody read before a GET',
    ['POST', 'GET'],
    requestText(post('abc'.repeat(40_000), { does: 'not-read' })) + get(),
  ),
  several(
    'an early answer before a GET',
    ['POST', 'GET'],
    requestText(post('abc', { does: 'early' })) + get(),
  ),
  several(
    'HEAD between two GET',
    ['GET', 'HEAD', 'GET'],
    get() + requestText({ method: 'HEAD', does: 'end' }) + get(),
  ),
  several('204 between two GET', ['GET', 'GET', 'GET'], get() + get('no-content') + get()),
  several('304 between two GET', ['GET', 'GET', 'GET'], get() + get('not-modified') + get()),
  several('one that closes before another', ['GET'], get('end', close) + get()),
  // Where the connection is kept in spite of the app, both are answered.
  several('an app that closes before another', ['GET', 'GET'], get('connection-close') + get()),
  several('empty lines before', ['GET'], `\r\n\r\n${get()}`),
  several('empty lines between', ['GET', 'GET'], `${get()}\r\n\r\n${get()}`),
  {
    title: 'one after the other',
    methods: ['GET', 'GET', 'GET'],
    steps: [get(), { received: /hello/ }, get('write'), { received: /three\r\n0/ }, get('empty')],
  },
  {
    title: 'a request in two packets',
    methods: ['GET'],
    steps: ['GET / HTTP/1.1\r\nHost: x\r\nX-I', 'd: {id}\r\n\r\n'],
  },
  {
    title: 'that end after the request',
    methods: ['GET'],
    steps: [get('end'), { leave: 'end' }],
  },
  {
    title: 'that end after a POST',
    methods: ['POST'],
    steps: [requestText(post('abc')), { leave: 'end' }],
  },
  {
    title: 'that end before the request',
    methods: [],
    steps: [{ leave: 'end' }],
  },
];

function several(title: string, methods: readonly string[], text: string): Case {
  return { title, methods, steps: [text] };
}
