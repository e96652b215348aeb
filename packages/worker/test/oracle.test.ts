import type { RequestListener } from 'node:http';

import { expect, test } from '@jest/globals';

import { askPlainNode, collect } from './plain-node.ts';
import { post, serve } from './serve.ts';

/** Handlers that are asked twice: through a link and in plain Node. */
const handlers: readonly (readonly [string, RequestListener])[] = [
  ['ends with a string', (_, res) => res.end('hello')],
  ['ends with bytes', (_, res) => res.end(Buffer.from([0, 255, 10]))],
  ['ends with text beyond ASCII', (_, res) => res.setHeader('X-Name', 'caf\u00e9').end('\u00fc\u4e16')],
  [
    'ends with bytes behind a latin1 header',
    (_, res) => res.setHeader('X-Name', 'caf\u00e9').end(Buffer.from('x')),
  ],
  ['has a latin1 header in writeHead', (_, res) => res.writeHead(200, { 'X-Name': 'caf\u00e9' }).end('x')],
  ['ends with another encoding', (_, res) => res.end('aGVsbG8=', 'base64')],
  ['ends empty', (_, res) => res.end()],
  ['has a status of its own', (_, res) => res.writeHead(418, 'Short and Stout').end('tea')],
  ['has an unknown status', (_, res) => res.writeHead(599).end('?')],
  ['writes in pieces', (_, res) => void (res.write('a'), res.write(Buffer.from('b')), res.end('c'))],
  ['writes later', (_, res) => void (res.write('a'), setImmediate(() => res.end('b')))],
  [
    'announces its length',
    (_, res) => void (res.setHeader('Content-Length', '2'), res.write('a'), res.end('b')),
  ],
  ['announces its length in writeHead', (_, res) => res.writeHead(200, { 'content-length': 2 }).end('ab')],
  ['gives headers as a flat list', (_, res) => res.writeHead(200, ['X-A', '1', 'X-B', '2']).end()],
  [
    'gives headers as pairs',
    (_, res) =>
      res
        .writeHead(200, [
          ['X-A', '1'],
          ['X-B', '2'],
        ] as never)
        .end(),
  ],
  ['sets several cookies', (_, res) => res.setHeader('Set-Cookie', ['a=1', 'b=2; Path=/']).end('x')],
  ['sets a header twice', (_, res) => res.appendHeader('X-A', '1').appendHeader('X-A', '2').end('x')],
  ['has no date', (_, res) => void ((res.sendDate = false), res.end('x'))],
  ['removes its length', (_, res) => void (res.removeHeader('Content-Length'), res.end('x'))],
  ['is a 204', (_, res) => res.writeHead(204).end()],
  ['is a 204 with a forbidden body', (_, res) => res.writeHead(204).end('x')],
  ['is a 304 with a length', (_, res) => res.writeHead(304, { ETag: '"e"', 'Content-Length': 5 }).end()],
  ['redirects', (_, res) => res.writeHead(302, { Location: '/there?a=b' }).end()],
  ['ends in a callback', (_, res) => res.write('a', () => res.end('b'))],
  ['is corked', (_, res) => void (res.cork(), res.write('a'), res.write('b'), res.uncork(), res.end('c'))],
  ['is large', (_, res) => res.end(Buffer.alloc(300_000, 'abcdefg'))],
  ['echoes', (req, res) => void req.pipe(res)],
  ['reads first', async (req, res) => void res.end((await collect(req)).toString('base64'))],
  ['answers before it reads', (req, res) => void (res.end('early'), req.resume())],
  ['describes the request', (req, res) => res.end(`${req.method ?? ''} ${req.url ?? ''} ${req.httpVersion}`)],
];

const connectionHeaders = ['connection', 'keep-alive', 'transfer-encoding', 'date'];
const comparable = (headers: ReadonlyMap<string, readonly string[]>) =>
  [...headers].filter(([name]) => !connectionHeaders.includes(name)).sort();

test.each(handlers)('a handler that %s answers GET as in plain Node', async (_, handler) => {
  const ours = await serve(handler).send();
  const plain = await askPlainNode(handler, 'GET', Buffer.alloc(0));
  expect(ours.status).toBe(plain.status);
  expect(ours.body).toEqual(plain.body);
  expect(comparable(ours.headers)).toEqual(comparable(plain.headers));
  expect(ours.headers.has('date')).toBe(plain.headers.has('date'));
});

test.each(handlers)('a handler that %s answers HEAD as in plain Node', async (_, handler) => {
  const ours = await serve(handler).send({ REQUEST_METHOD: 'HEAD' });
  const plain = await askPlainNode(handler, 'HEAD', Buffer.alloc(0));
  expect(ours.status).toBe(plain.status);
  expect(ours.body).toHaveLength(0);
  expect(comparable(ours.headers)).toEqual(comparable(plain.headers));
});

test.each(handlers)('a handler that %s answers POST as in plain Node', async (_, handler) => {
  const body = Buffer.alloc(100_000, 'body');
  const ours = await serve(handler).send(post(body.length), body);
  const plain = await askPlainNode(handler, 'POST', body);
  expect(ours.status).toBe(plain.status);
  expect(ours.body).toEqual(plain.body);
  expect(comparable(ours.headers)).toEqual(comparable(plain.headers));
});
