import { ask, type Case, chunked, chunks, post, type RequestShape, requestText, type Step } from '../case.ts';

const leave = { leave: 'destroy' } as const;
const half = requestText({ method: 'POST', headers: 'Content-Length: 100000\r\n', body: 'x'.repeat(50_000) });

/** Clients that leave, at every stage. */
export const departures: readonly Case[] = [
  leaver('before the request', []),
  leaver('in the request line', ['GET / HT']),
  leaver('in the headers', ['GET / HTTP/1.1\r\nHost: x\r\nX-Id: {id}\r\n']),
  leaver('after the request', [requestText({ does: 'later' }), { noted: 'res finish' }]),
  leaver('before the body', [
    requestText({ method: 'POST', does: 'wait-reading', headers: 'Content-Length: 10\r\n' }),
    { noted: 'begun' },
  ]),
  leaver('in a small body', [
    requestText({ method: 'POST', does: 'wait-reading', headers: 'Content-Length: 10\r\n', body: 'abc' }),
    { noted: 'begun' },
  ]),
  leaver('in a body the app reads', [half.replace('\r\n', '\r\nX-Do: wait-reading\r\n'), { noted: 'begun' }]),
  leaver('in a body the app does not read', [
    half.replace('\r\n', '\r\nX-Do: wait-unread\r\n'),
    { noted: 'begun' },
  ]),
  leaver('in a body that is awaited', [half.replace('\r\n', '\r\nX-Do: read-async\r\n'), { noted: 'begun' }]),
  leaver('in a body that is piped', [half.replace('\r\n', '\r\nX-Do: echo\r\n'), { noted: 'data' }]),
  leaver('in a body that is in a pipeline', [
    half.replace('\r\n', '\r\nX-Do: echo-pipeline\r\n'),
    { noted: 'data' },
  ]),
  leaver('in a chunk', [
    requestText({
      method: 'POST',
      does: 'wait-reading',
      headers: 'Transfer-Encoding: chunked\r\n',
      body: '10000\r\nabc',
    }),
    { noted: 'begun' },
  ]),
  leaver('between chunks', [
    requestText({
      method: 'POST',
      does: 'wait-reading',
      headers: 'Transfer-Encoding: chunked\r\n',
      body: chunks('x'.repeat(40_000)).slice(0, -5),
    }),
    { noted: 'begun' },
  ]),
  leaver('while the answer begins', [requestText({ does: 'wait' }), { noted: 'begun' }]),
  leaver('after a body, while the answer begins', [
    requestText(post('abc', { does: 'wait-reading' })),
    { noted: 'begun' },
  ]),
  leaver('after chunks, while the answer begins', [
    requestText(chunked(['abc'], { does: 'wait-reading' })),
    { noted: 'begun' },
  ]),
  leaver('while a stream is under way', [requestText({ does: 'stream-slowly' }), { received: /piece/ }]),
  leaver('while much is under way', [requestText({ does: 'stream-much' }), { received: /\0{1000}/ }]),
  leaver('while a stream is under way, of HTTP/1.0', [
    requestText({ does: 'stream-slowly', version: '1.0' }),
    { received: /piece/ },
  ]),
  leaver('while a stream answers a POST', [
    requestText(post('abc', { does: 'stream-slowly' })),
    { received: /piece/ },
  ]),
  leaver('with the second request', [
    requestText({ does: 'end' }),
    { received: /hello/ },
    requestText({ does: 'stream-slowly' }),
    { received: /piece/ },
  ]),
  ...['wait-reading', 'read-async'].flatMap((does) => [
    finisher(`in a body, and the app does ${does}`, {
      does,
      headers: 'Content-Length: 100000\r\n',
      body: 'x'.repeat(50_000),
    }),
    finisher(`in chunks, and the app does ${does}`, {
      does,
      headers: 'Transfer-Encoding: chunked\r\n',
      body: `20000\r\n${'x'.repeat(50_000)}`,
    }),
  ]),
];

/** Apps that give a request up, or fail. */
export const failures: readonly Case[] = [
  ...[
    'destroy-response', 'destroy-response-with-error', 'destroy-socket', 'destroy-later', 'destroy-midway',
    'destroy-socket-midway', 'destroy-midway-of-length', 'destroy-after-end',
  ].flatMap((does) => [
    ask(does, { does }),
    ask(`${does}, to HEAD`, { method: 'HEAD', does }),
    ask(`${does}, to a POST`, post('abc', { does })),
    ask(`${does}, to HTTP/1.0`, { version: '1.0', does }),
  ]), // prettier-ignore
  ...['destroy-request', 'destroy-request-with-error', 'destroy-request-on-data'].map((does) =>
    ask(`${does}, to a POST`, post('abc', { does })),
  ),
  ask('destroy-request', { does: 'destroy-request' }),
  // With a listener for uncaught exceptions, nobody answers, and the process goes on.
  leaver('throw, with a listener for it', [requestText({ does: 'throw' }), { noted: 'uncaught thrown' }]),
  leaver('throw-midway, with a listener for it', [
    requestText({ does: 'throw-midway' }),
    { received: /the beginning/ },
  ]),
  ask('throw-after-end, with a listener for it', { does: 'throw-after-end' }),
];

function leaver(title: string, steps: readonly Step[]): Case {
  return { title, steps: [...steps, leave], methods: [] };
}

/** Ends its side in the middle, and stays. */
function finisher(title: string, shape: RequestShape): Case {
  return {
    title: `${title}, and stays to listen`,
    steps: [requestText({ method: 'POST', ...shape }), { noted: 'begun' }, { leave: 'end' }],
    methods: ['POST'],
  };
}
