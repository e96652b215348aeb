import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

import { afterEach, describe, expect, test } from '@jest/globals';

import { createCompositeServer } from '../src/composite-server.ts';
import { parseComposition } from '../src/composition.ts';
import { text } from './serve.ts';
import { WorkerProcess } from './worker-process.ts';

const app = () => undefined;

test('a composition names paths, packages and, in a module, apps', () => {
  const composition = {
    middleware: ['./a.js', { package: 'compression', options: { level: 1 } }, app],
    mounts: {
      '/': 'site',
      '/api/v1': { path: '../api.ts', callableObject: 'api', middleware: ['log'] },
      '/app': { app },
      '/function': app,
    },
  };
  expect(parseComposition(composition, '/c.ts')).toEqual({
    middleware: [{ path: './a.js' }, { package: 'compression', options: { level: 1 } }, { value: app }],
    mounts: [
      { prefix: '/', app: { package: 'site' }, middleware: [] },
      {
        prefix: '/api/v1',
        app: { path: '../api.ts', callableObject: 'api' },
        middleware: [{ package: 'log' }],
      },
      { prefix: '/app', app: { value: app }, middleware: [] },
      { prefix: '/function', app: { value: app }, middleware: [] },
    ],
  });
});

describe('a mistake in a composition is named by its key:', () => {
  test.each<[unknown, string]>([
    [[], 'the file is an array, expected an object'],
    [undefined, 'the file is undefined, expected an object'],
    [{}, 'mounts is undefined, expected an object'],
    [{ mounts: {} }, 'mounts is an object, expected at least one URL prefix and its app'],
    [{ mounts: { '/': './a' }, mount: 1 }, 'mount is a number, expected no such key, but middleware, mounts'],
    [{ mounts: { api: './a' } }, 'mounts["api"] is "api", expected a URL path such as /api, '],
    [{ mounts: { '/a/': './a' } }, 'mounts["/a/"] is "/a/", expected a URL path'],
    [{ mounts: { '/a/../b': './a' } }, 'mounts["/a/../b"] is "/a/../b", expected a URL path'],
    [
      { mounts: { '/': 7 } },
      'mounts["/"] is a number, expected a path, a package, or an object with path or package',
    ],
    [{ mounts: { '/': '' } }, 'mounts["/"] is "", expected a path or a package'],
    [{ mounts: { '/': {} } }, 'mounts["/"] is an object, expected exactly one of path, package, app'],
    [
      { mounts: { '/': { path: 'a', package: 'b' } } },
      'mounts["/"] is an object with path, package, expected exactly one of',
    ],
    [
      { mounts: { '/': { path: 'a', callableObject: 1 } } },
      'mounts["/"].callableObject is a number, expected a text',
    ],
    [{ mounts: { '/': { file: 'a' } } }, 'mounts["/"].file is "a", expected no such key'],
    [{ mounts: { '/': './a' }, middleware: './b' }, 'middleware is "./b", expected a list'],
    [{ mounts: { '/': './a' }, middleware: [1] }, 'middleware[0] is a number, expected a path'],
    [
      { mounts: { '/': { path: 'a', middleware: [{}] } } },
      'mounts["/"].middleware[0] is an object, expected exactly one of',
    ],
  ])('%j', (value, message) => {
    expect(() => parseComposition(value, '/c.json')).toThrow(
      expect.objectContaining({
        code: 'ERR_WORKER_COMPOSITION',
        message: expect.stringContaining(
          `cannot use the composition /c.json: ${message}`,
        ) as unknown as string,
      }),
    );
  });
});

test('an upgrade reaches the mounted server, and one that listens for none answers it as a request', async () => {
  const echoing = createServer().on('upgrade', (req, socket) => {
    socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\n${req.url ?? ''}`);
  });
  const plain = createServer((_, res) => res.end('a request'));
  const mount = (prefix: string, server: typeof plain) => ({ prefix, server, middleware: [] });
  const composite = createCompositeServer([mount('/ws', echoing), mount('/plain', plain)]);
  composite.listen(0, '127.0.0.1');
  await once(composite, 'listening');
  const upgrade = async (target: string): Promise<string> => {
    const socket = connect((composite.address() as AddressInfo).port, '127.0.0.1');
    socket.end(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    const chunks = await socket.setEncoding('latin1').toArray();
    return chunks.join('');
  };
  expect(await upgrade('/ws/chat?a')).toMatch(/^HTTP\/1\.1 101 .*\/chat\?a$/s);
  expect(await upgrade('/plain')).toMatch(/^HTTP\/1\.1 200 OK.*a request/s);
  expect(await upgrade('/nowhere')).toMatch(/^HTTP\/1\.1 404 /);
  composite.close();
});

describe('a composition file', () => {
  let worker: WorkerProcess | undefined;

  afterEach(async () => {
    await worker?.dispose();
    worker = undefined;
  });

  const config = { app: { kind: 'config' } } as const;

  test('may be a module that makes its parts itself', async () => {
    worker = await WorkerProcess.start(
      {
        'composition.ts': `import app from './app.ts';
          export default { middleware: [(req: any, res: any, next: any) => { req.seen = true; next() }], mounts: { '/api': { app } } }`,
        'app.ts': `export default (req: any, res: any): void => res.end(req.baseUrl + ' ' + req.seen)`,
      },
      config,
    );
    await worker.ready();
    expect(text(await worker.send({ REQUEST_URI: '/api/x' }))).toBe('/api true');
    expect((await worker.send({ REQUEST_URI: '/x' })).status).toBe(404);
  });

  test('has its files and those of its apps watched', async () => {
    worker = await WorkerProcess.start(
      {
        'composition.json': '{ "mounts": { "/": "./app.mjs" } }',
        'app.mjs': 'export default (req, res) => res.end()',
      },
      config,
    );
    await worker.ready();
    expect(worker.reports).toContainEqual({
      type: 'loaded',
      files: [`${worker.directory}/composition.json`, `${worker.directory}/app.mjs`],
    });
  });

  test.each([
    ['is no JSON', '{ "mounts"', 'the file is '],
    [
      'names a middleware that is none',
      '{ "middleware": ["./app.mjs"], "mounts": { "/": "./app.mjs" } }',
      'middleware[0] is an object with fetch, expected a function (req, res, next)',
    ],
  ])('that %s is reported', async (_, composition, message) => {
    worker = await WorkerProcess.start(
      { 'composition.json': composition, 'app.mjs': 'export default { fetch: () => new Response() }' },
      config,
    );
    await worker.exited;
    expect(worker.failure?.message).toContain(`composition.json: ${message}`);
  });
});
