import { EventEmitter } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createNetServer } from 'node:net';

import { describe, expect, test } from '@jest/globals';

import { toServer } from '../src/app-shapes.ts';
import { describeValue } from '../src/describe-value.ts';
import { serve, text } from './serve.ts';

const origin = { entry: '/app.ts', importer: import.meta.filename };

const answering: RequestListener = (req, res) => {
  res.end(`it ${req.url ?? ''}`);
};

/** As Express has. */
const withNext = (...[req, res, next]: [...Parameters<RequestListener>, next: unknown]) => {
  if (next === undefined) answering(req, res);
};
Object.defineProperty(withNext, 'length', { value: 3 });

function wrapped(this: unknown): void {
  // eslint-disable-next-line prefer-rest-params -- as wrappers of older libraries are written
  Reflect.apply(answering, this, arguments);
}

class App {
  readonly routes = [];
}

/** What an app answers to a GET. */
const answerOf = async (value: unknown): Promise<string> => {
  const server = await toServer(value, origin);
  if (server === undefined) return 'nothing';
  expect(server).toBeInstanceOf(EventEmitter);
  return text(await serve(server).send({ REQUEST_URI: '/path' }));
};

const koa = () => ({
  middleware: [],
  use: () => undefined,
  createContext: () => undefined,
  callback: () => answering,
});

const fastify = (server: unknown, ready: () => Promise<void> = () => Promise.resolve()) => ({
  server,
  inject: () => undefined,
  register: () => undefined,
  ready,
});

const nest = (server: Server, instance?: unknown) => ({
  init: () => Promise.resolve(server.on('request', answering)),
  getHttpServer: () => server,
  getHttpAdapter: () => ({ getInstance: () => instance }),
});

/** As itty-router makes one: every name that is asked for is a method. */
const inventive = (own: object): object =>
  Object.setPrototypeOf(own, new Proxy({}, { get: () => () => undefined })) as object;

describe('an app may be', () => {
  test.each<[string, () => unknown]>([
    ['a function (req, res)', () => answering],
    ['a function (req, res, next), as Express has', () => withNext],
    [
      'a function of rest parameters',
      () =>
        (...args: Parameters<RequestListener>) => {
          answering(...args);
        },
    ],
    ['a function that uses arguments', () => wrapped],
    ['a Koa application', koa],
    ['a Fastify instance', () => fastify(createServer(answering))],
    ['a NestJS application', () => nest(createServer())],
    ['a NestJS application with Fastify', () => nest(createServer(), fastify(createServer(answering)))],
    ['an http.Server', () => createServer(answering)],
    ['an https.Server', () => createTlsServer(answering)],
    [
      'an object with fetch',
      () => ({ fetch: (request: Request) => new Response(`it ${new URL(request.url).pathname}`) }),
    ],
    [
      'an object with fetch and a router that makes up methods',
      () => inventive({ fetch: () => new Response('it /path') }),
    ],
    ['a function that returns one', () => () => answering],
    ['a function that returns a promise of one', () => () => Promise.resolve(koa())],
  ])('%s', async (_, make) => {
    expect(await answerOf(make())).toBe('it /path');
  });
});

describe('nothing is made of', () => {
  test.each<[string, unknown]>([
    ['a class', App],
    ['an object', { port: 80 }],
    ['an object that makes up methods', inventive({})],
    ['the global fetch under a name', { fetch: globalThis.fetch }],
    ['a module of the names of fetch', { fetch: () => undefined, Request, Response, Headers }],
    ['a net.Server', createNetServer()],
    ['a function that returns nothing', () => undefined],
    ['a function that returns such a function', () => () => answering],
    ['a text', 'app'],
    ['null', null],
  ])('%s', async (_, value) => {
    expect(await toServer(value, origin)).toBeUndefined();
  });
});

test('a Fastify instance is served when it is ready', async () => {
  const server = createServer();
  const ready = () => Promise.resolve().then(() => void server.on('request', answering));
  expect(await answerOf(fastify(server, ready))).toBe('it /path');
});

test('what an app throws while it becomes ready passes through', async () => {
  const broken = fastify(createServer(), () => Promise.reject(new Error('no database')));
  await expect(toServer(broken, origin)).rejects.toThrow('no database');
});

test('an http2 server is refused in words', async () => {
  await expect(toServer(createHttp2Server(), origin)).rejects.toMatchObject({
    code: 'ERR_WORKER_HTTP2_UNSUPPORTED',
    message: 'cannot serve the http2 server of /app.ts: expected one of http.createServer()',
  });
});

test('an app of h3 1 needs the h3 it was made with', async () => {
  const app = { use: () => undefined, handler: Object.assign(() => undefined, { __is_handler__: true }) };
  await expect(toServer(app, { ...origin, importer: '/nowhere/app.js' })).rejects.toMatchObject({
    code: 'ERR_WORKER_FRAMEWORK_MISSING',
  });
});

describe('a value is described as', () => {
  test.each<[string, unknown]>([
    ['a string', 'secret'],
    ['a number', 1],
    ['undefined', undefined],
    ['null', null],
    ['a class', App],
    ['a function of no parameters', () => undefined],
    ['a function of one parameter', (value: unknown) => value],
    ['a function of 3 parameters', withNext],
    ['an array', [1]],
    ['an object', {}],
    ['an object with port', { port: 1 }],
    ['an instance of Map', new Map()],
    [
      'an object with a, b, c, d, e, f, g, h, i, j, \u2026',
      Object.fromEntries('abcdefghijk'.split('').map((name) => [name, 1])),
    ],
  ])('%s', (words, value) => {
    expect(describeValue(value)).toBe(words);
  });
});
