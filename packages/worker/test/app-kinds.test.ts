import { afterEach, describe, expect, test } from '@jest/globals';

import { text } from './serve.ts';
import { type Files, type StartOptions, WorkerProcess } from './worker-process.ts';

let worker: WorkerProcess | undefined;

afterEach(async () => {
  await worker?.dispose();
  worker = undefined;
});

/** Serves the app and returns what it answers to a GET. */
const answer = async (files: Files, options?: StartOptions) => {
  worker = await WorkerProcess.start(files, options);
  await worker.ready();
  return text(await worker.send({ REQUEST_URI: '/path?query' }));
};

const esm = '{ "type": "module" }';
const cjs = '{ "type": "commonjs" }';

describe('an app is found when it is', () => {
  test.each<[string, Files]>([
    ['a default export', { 'app.mjs': `export default (req, res) => res.end('it ' + req.url)` }],
    ['an export named app', { 'app.mjs': `export const app = (req, res) => res.end('it ' + req.url)` }],
    [
      'an export named handler',
      { 'app.mjs': `export const other = 1; export function handler(req, res) { res.end('it ' + req.url) }` },
    ],
    ['a promise', { 'app.mjs': `export default Promise.resolve((req, res) => res.end('it ' + req.url))` }],
    ['module.exports', { 'app.cjs': `module.exports = (req, res) => res.end('it ' + req.url)` }],
    ['exports.application', { 'app.js': `exports.application = (req, res) => res.end('it ' + req.url)` }],
    [
      'a property of a computed module.exports',
      {
        'app.js': `module.exports = Object.assign({}, { ['a' + 'pp']: (req, res) => res.end('it ' + req.url) })`,
      },
    ],
    [
      'a compiled default export',
      {
        'app.js': `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = (req, res) => res.end('it ' + req.url)`,
      },
    ],
    [
      'an http.Server',
      {
        'app.mjs': `import http from 'node:http'; export default http.createServer((req, res) => res.end('it ' + req.url))`,
      },
    ],
    [
      'an http.Server whose listeners come later',
      {
        'app.mjs': `import http from 'node:http'; export const server = http.createServer(); setTimeout(() => server.on('request', (req, res) => res.end('it ' + req.url)), 1)`,
      },
    ],
  ])('%s', async (_, files) => {
    expect(await answer(files)).toBe('it /path?query');
  });
});

describe('an app that listens is served', () => {
  const listens = (
    call: string,
    setup = 'const server = http.createServer((req, res) => res.end("it " + req.url))',
  ) => ({
    'app.mjs': `import http from 'node:http'; import https from 'node:https'; import net from 'node:net'; ${setup}; ${call}`,
  });

  test.each<[string, Files]>([
    ['on a port', listens('server.listen(80)')],
    ['on port, host, backlog and callback', listens('server.listen(80, "0.0.0.0", 5, () => {})')],
    ['on a path', listens('server.listen("/nowhere/at/all.sock")')],
    ['on options', listens('server.listen({ port: 80, host: "::" })')],
    ['on a file descriptor', listens('server.listen({ fd: 999 })')],
    ['on nothing', listens('server.listen()')],
    [
      'over TLS',
      listens(
        'server.listen(443)',
        'const server = https.createServer((req, res) => res.end("it " + req.url))',
      ),
    ],
    ['later', listens('setTimeout(() => server.listen(80), 50)')],
    ['while it waits for that itself', listens('await new Promise((resolve) => server.listen(80, resolve))')],
    ['and never finishes loading', listens('server.listen(80); await new Promise(() => {})')],
    [
      'and exports something else',
      listens('server.listen(80); export default (req, res) => res.end("not it")'),
    ],
    [
      'and begins with CommonJS',
      { 'app.js': `require('http').createServer((req, res) => res.end('it ' + req.url)).listen(80)` },
    ],
  ])('%s', async (_, files) => {
    expect(await answer(files)).toBe('it /path?query');
  });

  test('and believes that it listens on the public address', async () => {
    const app = `import http from 'node:http';
      const events = [];
      const server = http.createServer((req, res) => res.end(JSON.stringify([events, server.listening, server.address()])));
      server.on('listening', () => events.push('listening'));
      events.push(server.listen(0, () => events.push('callback')) === server, server.listening);
      try { server.listen(1) } catch (error) { events.push(error.code) }`;
    expect(JSON.parse(await answer({ 'app.mjs': app }))).toEqual([
      [true, true, 'ERR_SERVER_ALREADY_LISTEN', 'listening', 'callback'],
      true,
      { address: '127.0.0.1', port: 8000, family: 'IPv4' },
    ]);
  });

  test('while its other servers really listen', async () => {
    const app = `import http from 'node:http'; import net from 'node:net'; import { once } from 'node:events';
      const raw = net.createServer((socket) => socket.end('raw')).listen(0, '127.0.0.1'); await once(raw, 'listening');
      http.createServer(async (req, res) => {
        const other = http.createServer((req, res) => res.end('other')).listen(0, '127.0.0.1'); await once(other, 'listening');
        const fetched = await (await fetch('http://127.0.0.1:' + other.address().port)).text();
        const socket = net.connect(raw.address().port); const [read] = await once(socket, 'data');
        other.closeAllConnections(); other.close(); res.end(fetched + ' and ' + read);
      }).listen(80);`;
    expect(await answer({ 'app.mjs': app })).toBe('other and raw');
  });
});

test('the export that was asked for is served', async () => {
  const files = {
    'app.mjs': `export default (req, res) => res.end('default'); export const api = (req, res) => res.end('api')`,
  };
  expect(await answer(files, { app: { callableObject: 'api' } })).toBe('api');
});

test('the export that was asked for may be a property of module.exports', async () => {
  const files = {
    'app.cjs': `module.exports = (req, res) => res.end('default'); module.exports.api = (req, res) => res.end('api')`,
  };
  expect(await answer(files, { app: { callableObject: 'api' } })).toBe('api');
});

test('the built-in page is served when there is no app', async () => {
  const html = await answer({}, { app: { kind: 'splash' } });
  expect(html).toContain('<h1>It works</h1>');
  expect((await worker?.send({ REQUEST_METHOD: 'DELETE' }))?.status).toBe(405);
});

describe('a module is resolved from the working directory', () => {
  const module = (entry: string) => ({ app: { kind: 'module', entry } }) as const;
  const packageJson = (exports: string) => `{ "name": "some-app", "type": "module", "exports": ${exports} }`;

  test.each<[string, Files, StartOptions]>([
    [
      'a package',
      {
        'node_modules/some-app/package.json': packageJson('"./main.js"'),
        'node_modules/some-app/main.js': `export default (req, res) => res.end('it')`,
      },
      module('some-app'),
    ],
    [
      'a package for import only',
      {
        'node_modules/some-app/package.json': packageJson('{ "import": "./main.js" }'),
        'node_modules/some-app/main.js': `export default (req, res) => res.end('it')`,
      },
      module('some-app'),
    ],
    [
      'a path of a package',
      {
        'node_modules/some-app/package.json': packageJson('{ "./web": "./web.js" }'),
        'node_modules/some-app/web.js': `export default (req, res) => res.end('it')`,
      },
      module('some-app/web'),
    ],
    [
      'a package of the workspace in TypeScript',
      {
        'package.json': packageJson('"./main.ts"'),
        'main.ts': `enum A { B = 'it' } export default (req: unknown, res: any) => res.end(A.B)`,
      },
      module('some-app'),
    ],
    [
      'a relative path',
      { 'web/main.mjs': `export default (req, res) => res.end('it')` },
      module('./web/main.mjs'),
    ],
  ])('%s', async (_, files, options) => {
    expect(await answer(files, options)).toBe('it');
  });
});

describe('TypeScript is served', () => {
  const source = `import type { IncomingMessage, ServerResponse } from 'node:http';
    enum Word { It = 'it' }
    export default function app(req: IncomingMessage, res: ServerResponse): void { res.end(Word.It) }`;
  const commonJs = `import http = require('node:http');
    enum Word { It = 'it' }
    module.exports = (req: http.IncomingMessage, res: http.ServerResponse): void => { res.end(Word.It) }`;
  const decorated = `function seal(target: any) { target.sealed = 'it' }
    @seal class Thing { static sealed: string }
    export default (req: unknown, res: any) => res.end(Thing.sealed)`;

  test.each<[string, Files]>([
    ['alone in a directory, with import', { 'app.ts': source }],
    ['alone in a directory, with require', { 'app.ts': commonJs }],
    ['as .mts', { 'app.mts': source }],
    ['as .cts', { 'app.cts': commonJs }],
    ['as .cts with export', { 'app.cts': source }],
    ['as .tsx', { 'app.tsx': source }],
    ['in an ES module package', { 'app.ts': source, 'package.json': esm }],
    ['in a CommonJS package, with import', { 'app.ts': source, 'package.json': cjs }],
    ['in a CommonJS package, with require', { 'app.ts': commonJs, 'package.json': cjs }],
    [
      'with top-level await',
      {
        'app.ts': `const word: string = await Promise.resolve('it'); export default (req: unknown, res: any) => res.end(word)`,
        'package.json': esm,
      },
    ],
    [
      'with decorators',
      { 'app.ts': decorated, 'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }' },
    ],
    [
      'with paths of its tsconfig',
      {
        'app.ts': `import { word } from '@lib/word'; export default (req: unknown, res: any) => res.end(word)`,
        'lib/word.ts': `export const word: string = 'it'`,
        'tsconfig.json': '{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }',
      },
    ],
    [
      'with imports that end in .js',
      {
        'app.ts': `import { word } from './word.js'; export default (req: unknown, res: any) => res.end(word)`,
        'word.ts': `export const word: string = 'it'`,
      },
    ],
    [
      'that listens',
      {
        'app.ts': `import { createServer } from 'node:http'; createServer((req, res) => res.end('it')).listen(80)`,
      },
    ],
  ])('%s', async (_, files) => {
    expect(await answer(files)).toBe('it');
  });
});

describe('the path of an app may contain', () => {
  const names = [
    'a space',
    '%20 and %zz',
    '#1',
    '\u00fcml\u00e4ut \u4e16',
    `'"`,
    '$HOME',
    'back\\slash',
    'new\nline',
  ];

  test.each(names)('%j, in JavaScript', async (name) => {
    expect(await answer({ 'app.mjs': `export default (req, res) => res.end('it')` }, { name })).toBe('it');
  });

  test.each(names)('%j, in TypeScript', async (name) => {
    expect(
      await answer({ 'app.ts': `export default (req: unknown, res: any) => res.end('it')` }, { name }),
    ).toBe('it');
  });

  test('a question mark, in JavaScript', async () => {
    expect(await answer({ 'app.mjs': `export default (req, res) => res.end('it')` }, { name: 'a?b' })).toBe(
      'it',
    );
  });
});
