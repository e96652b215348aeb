import { ask, type Case, chunked, post, requestText } from '../case.ts';

const expecting = 'Expect: 100-continue\r\n';

/** `Expect`, and answers that do not wait for the body. */
export const expectations: readonly Case[] = [
  ask('100-continue with the body at once', post('abc', { headers: expecting })),
  ask('100-continue in upper case', post('abc', { headers: 'Expect: 100-CONTINUE\r\n' })),
  ask('100-continue without a body', { headers: expecting }),
  ask('100-continue with chunks at once', chunked(['abc'], { headers: expecting })),
  ask('100-continue and an empty body', post('', { headers: expecting })),
  ask('100-continue and nobody reads', post('abc', { does: 'not-read', headers: expecting })),
  ask('100-continue and an early answer', post('abc', { does: 'early', headers: expecting })),
  ask('an expectation nobody knows', { headers: 'Expect: x\r\n' }),
  ask('an expectation nobody knows with a body', post('abc', { headers: 'Expect: x\r\n' })),
  {
    title: '100-continue before the body',
    methods: ['POST'],
    steps: [
      requestText({ method: 'POST', headers: `Content-Length: 3\r\n${expecting}` }),
      { received: /100 Continue\r\n\r\n/ },
      'abc',
    ],
  },
  {
    title: '100-continue before chunks',
    methods: ['POST'],
    steps: [
      requestText({ method: 'POST', headers: `Transfer-Encoding: chunked\r\n${expecting}` }),
      { received: /100 Continue\r\n\r\n/ },
      '3\r\nabc\r\n0\r\n\r\n',
    ],
  },
];

/** An answer while the request is still under way. */
export const early: readonly Case[] = [
  ask('to a small body', post('abc', { does: 'early' })),
  ask('to a small body, closing', post('abc', { does: 'early-close' })),
  ask('to a small body, reading on', post('abc', { does: 'early-reading' })),
  ask('to chunks', chunked(['abc'], { does: 'early' })),
  ask('to chunks, reading on', chunked(['abc'], { does: 'early-reading' })),
  ask('to a large body', post('x'.repeat(300_000), { does: 'early' })),
  ask('to a large body, reading on', post('x'.repeat(300_000), { does: 'early-reading' })),
  ask('to a large body, throwing it away', post('x'.repeat(300_000), { does: 'early-resuming' })),
  ask('to large chunks', chunked(['x'.repeat(300_000)], { does: 'early' })),
  ask('to large chunks, reading on', chunked(['x'.repeat(300_000)], { does: 'early-reading' })),
  ask('to the first byte', post('x'.repeat(300_000), { does: 'read-one' })),
  {
    title: 'to a body that comes later',
    methods: ['POST'],
    steps: [
      requestText({ method: 'POST', does: 'early', headers: 'Content-Length: 6\r\n', body: 'abc' }),
      { noted: 'res finish' },
      'def',
    ],
  },
  {
    title: 'to a body that comes later, reading on',
    methods: ['POST'],
    steps: [
      requestText({ method: 'POST', does: 'early-reading', headers: 'Content-Length: 6\r\n', body: 'abc' }),
      { noted: 'res finish' },
      'def',
    ],
  },
];
