/** Every way to write an app: Express of two versions, every kind of file, every way to hand the handler over. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { request, type Response } from '../support/http-request.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const expressApps = path.join(import.meta.dirname, '../fixtures/apps/express');

describe.each(['express5-export.ts', 'express5-listen.ts', 'express4-export.mjs', 'express4-listen.cjs'])(
  'the Express app %s',
  (file) => {
    let server: ExpressServer;

    beforeAll(async () => {
      server = await ExpressServer.start([path.join(expressApps, file)]);
    }, 30_000);

    afterAll(async () => {
      await server.stop();
    });

    function get(target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
      return request(server.url, { path: target, headers, method });
    }

    test('knows its client without trusting a proxy', async () => {
      const forged = { Host: 'shop.example:81', 'X-Forwarded-For': '1.2.3.4', 'X-Forwarded-Proto': 'https' };
      expect(JSON.parse((await get('/whoami?a=1&b=%2F', forged)).text)).toEqual({
        ...{ ip: '127.0.0.1', ips: [], protocol: 'http', secure: false, hostname: 'shop.example' },
        ...{ originalUrl: '/whoami?a=1&b=%2F', baseUrl: '', path: '/whoami', query: { a: '1', b: '/' } },
      });
    });

    test('serves its own static files, with ETag, conditions and ranges', async () => {
      const whole = await get('/files/page.html');
      expect([whole.status, whole.text]).toEqual([200, '<p>served by Express\n']);
      expect(whole.headers['content-type']).toMatch(/^text\/html; charset=utf-8$/i);
      const etag = whole.headers.etag ?? '';
      expect(etag).toMatch(/^W\/"/);
      const unchanged = await get('/files/page.html', { 'If-None-Match': etag });
      expect([unchanged.status, unchanged.text, unchanged.headers.etag]).toEqual([304, '', etag]);
      const part = await get('/files/page.html', { Range: 'bytes=3-8' });
      expect([part.status, part.text, part.headers['content-range']]).toEqual([
        206,
        'served',
        'bytes 3-8/21',
      ]);
      expect((await get('/files/page.html', { Range: 'bytes=99-' })).status).toBe(416);
      const head = await get('/files/page.html', {}, 'HEAD');
      expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', '21']);
    });

    test('redirects to a directory with a slash, as Express does', async () => {
      expect((await get('/files')).headers.location).toBe('/files/');
    });

    test('reads JSON and answers it', async () => {
      const response = await request(`${server.url}/json`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{"name":"J\u00fcrgen","list":[1,2]}',
      });
      expect([response.status, JSON.parse(response.text)]).toEqual([
        ...[201, { received: { name: 'J\u00fcrgen', list: [1, 2] } }],
      ]);
    });

    test('answers 400 to broken JSON', async () => {
      const headers = { 'Content-Type': 'application/json' };
      const response = await request(`${server.url}/json`, { method: 'POST', headers, body: '{"name":' });
      expect(response.status).toBe(400);
    });

    test('sends a file', async () => {
      const { status, text, headers } = await get('/file');
      expect([status, text, headers['content-length']]).toEqual([200, '<p>served by Express\n', '21']);
      expect((await get('/download')).headers['content-disposition']).toContain(
        "filename*=UTF-8''%E2%82%AC.html",
      );
    });

    test('redirects', async () => {
      const { status, headers } = await get('/redirect');
      expect([status, headers.location]).toEqual([302, '/whoami?from=redirect']);
    });

    test('sets and reads cookies', async () => {
      const { text, headers } = await get('/cookies', { Cookie: 'a=1; b=2' });
      expect(text).toBe('a=1; b=2');
      expect(headers['set-cookie']).toEqual(['a=1; Path=/; HttpOnly', 'b=x%20y; Path=/']);
    });

    test('decodes parameters of the path', async () => {
      expect((await get('/items/a%2Fb%3Fc%25%20%C3%BC')).text).toBe('a/b?c% \u00fc');
    });

    test('mounts routers', async () => {
      expect(JSON.parse((await get('/nested/here?x')).text)).toEqual({
        ...{ baseUrl: '/nested', url: '/here?x', originalUrl: '/nested/here?x' },
      });
    });

    test('answers its own errors, without a stack in production, and its own 404', async () => {
      const failed = await get('/fail');
      expect(failed.status).toBe(418);
      expect(failed.text).not.toContain('routes.mjs');
      expect((await get('/fail-later')).status).toBe(500);
      await waitFor(() => server.errorLog.includes('Error: deliberate, later'), {
        within: 5000,
        what: 'the stack in the log',
      });
      const missing = await get('/missing');
      expect([missing.status, missing.headers['x-powered-by']]).toEqual([404, 'Express']);
    });
  },
);

describe('an app', () => {
  const directory = createTemporaryDirectory();
  let server: ExpressServer | undefined;
  let count = 0;

  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  afterAll(() => {
    directory.remove();
  });

  /** Writes files into a directory of their own, and serves the first. */
  async function serve(files: Readonly<Record<string, string>>): Promise<ExpressServer> {
    const project = path.join(directory.path, String(count++));
    mkdirSync(project);
    for (const [name, content] of Object.entries(files)) writeFileSync(path.join(project, name), content);
    server = await ExpressServer.start([path.join(project, Object.keys(files)[0] ?? '')]);
    return server;
  }

  const typed = `import type { IncomingMessage, ServerResponse } from 'node:http';`;
  const helper = `export enum Greeting { Short = 'hi' }\nexport const greet = (name: string): string => Greeting.Short + ' ' + name;\n`;

  test.each<[kind: string, files: Record<string, string>]>([
    [
      'TypeScript with types, enums and an import of TypeScript',
      {
        'app.ts': `${typed}\nimport { greet } from './helper.ts';\nexport default (req: IncomingMessage, res: ServerResponse): void => { res.end(greet('ts')); };`,
        'helper.ts': helper,
      },
    ],
    [
      'TypeScript that imports TypeScript by the name of its JavaScript',
      {
        'app.ts': `${typed}\nimport { greet } from './helper.js';\nexport default (req: IncomingMessage, res: ServerResponse): void => { res.end(greet('ts')); };`,
        'helper.ts': helper,
        'package.json': '{ "type": "module" }',
      },
    ],
    [
      '.mts with a top-level await',
      {
        'app.mts': `${typed}\nconst text: string = await Promise.resolve('hi ts');\nexport const handler = (req: IncomingMessage, res: ServerResponse): void => { res.end(text); };`,
      },
    ],
    [
      '.cts with export =',
      {
        'app.cts': `import http = require('node:http');\nconst app = (req: http.IncomingMessage, res: http.ServerResponse): void => { res.end('hi ts'); };\nexport = app;`,
      },
    ],
    [
      '.tsx',
      {
        'app.tsx': `${typed}\nexport default (req: IncomingMessage, res: ServerResponse): void => { res.end('hi ts'); };`,
      },
    ],
    [
      '.js that is CommonJS',
      {
        'app.js': `module.exports = (req, res) => res.end('hi ' + (typeof require === 'function' ? 'ts' : ''));`,
      },
    ],
    [
      '.js that is an ES module',
      { 'app.js': `export default (req, res) => res.end('hi ts');`, 'package.json': '{ "type": "module" }' },
    ],
    [
      '.mjs',
      {
        'app.mjs': `export default (req, res) => res.end(import.meta.url.endsWith('app.mjs') ? 'hi ts' : '');`,
      },
    ],
    ['.cjs', { 'app.cjs': `exports.application = (req, res) => res.end('hi ts');` }],
  ])(
    'may be %s',
    async (_, files) => {
      const { url } = await serve(files);
      expect((await request(url)).text).toBe('hi ts');
    },
    30_000,
  );

  const createServer = `import { createServer } from 'node:http';\nconst answer = (req, res) => res.end('answered');\n`;

  test.each([
    ['export an http.Server', `export default createServer(answer);`],
    [
      'export a promise of its handler',
      `export default new Promise((resolve) => setTimeout(resolve, 200, answer));`,
    ],
    ['listen on a port', `createServer(answer).listen(process.env.PORT);`],
    ['listen on port 0', `createServer(answer).listen(0);`],
    [
      'listen with a host and a callback',
      `createServer(answer).listen(3000, '0.0.0.0', () => console.log('listening'));`,
    ],
    ['listen with options', `createServer(answer).listen({ port: 3000, host: '::' });`],
    ['listen on a socket', `createServer(answer).listen('/tmp/never-made.sock');`],
    ['listen without anything', `createServer().on('request', answer).listen();`],
    ['listen after an asynchronous start', `setTimeout(() => createServer(answer).listen(3000), 300);`],
    [
      'listen after a top-level await',
      `await new Promise((r) => setTimeout(r, 300));\ncreateServer(answer).listen(3000);`,
    ],
    [
      'wait for listening',
      `const server = createServer((req, res) => res.end(ready));\nlet ready = 'not yet';\nserver.on('listening', () => { ready = 'answered'; });\nserver.listen(3000);`,
    ],
    [
      'export one thing and listen with another',
      `createServer(answer).listen(3000);\nexport default (req, res) => res.end('the wrong one');`,
    ],
  ])(
    'may %s',
    async (_, code) => {
      const { url } = await serve({ 'app.mjs': createServer + code });
      expect((await request(url)).text).toBe('answered');
    },
    30_000,
  );

  test('that listens is told the public address', async () => {
    const { url, port } = await serve({
      'app.mjs': `${createServer}const server = createServer((req, res) => res.end(JSON.stringify(server.address()))).listen(3000);`,
    });
    expect(JSON.parse((await request(url)).text)).toMatchObject({ address: '127.0.0.1', port });
  }, 30_000);

  test('that closes on SIGTERM by itself is given the time to', async () => {
    const { command, errorLog } = await serve({
      'app.mjs': `${createServer}import { writeFileSync } from 'node:fs';
const server = createServer(answer).listen(3000);
process.on('SIGTERM', () => server.close(() => setTimeout(() => { console.log('closed by itself'); process.exit(0); }, 200)));`,
    });
    expect(errorLog).not.toContain('closed by itself');
    const log = path.join(server?.serverRoot ?? '', 'error_log');
    let said = '';
    const watcher = setInterval(() => (said = readLog(log) ?? said), 20);
    try {
      command.child.kill('SIGTERM');
      await waitFor(() => said.includes('closed by itself'), {
        within: 10_000,
        what: 'the last words of the app',
      });
    } finally {
      clearInterval(watcher);
    }
    expect((await command.exited).status).toBe(0);
  }, 30_000);
});

function readLog(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // removed with the server root
  }
}
