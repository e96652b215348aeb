/** What httpd serves by itself, what reaches the app, and how: one command line per situation, seen by a client. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { noUnprivileged, unprivileged } from '../support/accounts.ts';
import { ExpressServer } from '../support/express-server.ts';
import { findProcesses } from '../support/find-processes.ts';
import { request, type Response } from '../support/http-request.ts';
import { exchange } from '../support/raw-connection.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const inspectApp = path.join(import.meta.dirname, '../fixtures/apps/inspect.ts');
const directory = createTemporaryDirectory();

/** Writes files below the temporary directory, by path. */
function writeFiles(files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory.path, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return directory.path;
}

const files = writeFiles({
  'docs/page.html': '<p>page',
  'docs/with space & ü.txt': 'odd name',
  'docs/sub/index.html': '<p>index of sub',
  'docs/empty/other.html': '<p>other',
  'docs/server.ts': 'secret source',
  'docs/.env': 'SECRET=1',
  'docs/.git/config': 'secret',
  'docs/.well-known/security.txt': 'contact',
  'docs/package.json': '{}',
  'docs/node_modules/left/pad.js': 'secret',
  'assets/style.css': 'p{}',
  'assets/deep/a.js': 'a()',
  'assets/module.mjs': 'export {}',
  'assets/.env': 'SECRET=1',
  'assets/app.ts': 'secret source',
  'assets/types.d.mts': 'secret source',
  'assets/node_modules/x.js': 'secret',
  'assets/vendor/node_modules/x.js': 'secret',
  'assets/sub/.htpasswd': 'secret',
  'special/deep/a.js': 'special()',
  'robots.txt': 'User-agent: *',
  'include.conf': 'Header set X-Included yes\nAlias "/included" "/nowhere"\n',
});

afterAll(() => {
  directory.remove();
});

/** What the inspect app was asked. */
interface Inspected {
  readonly method: string;
  readonly url: string;
  readonly originalUrl?: string;
  readonly baseUrl?: string;
  readonly headers: Record<string, string>;
  readonly remoteAddress: string;
  readonly remoteFamily: string;
  readonly localAddress: string;
  readonly localPort: number;
  readonly env: Record<string, string>;
  readonly cwd: string;
}

/** The body of a raw answer, of one chunk at most, as UTF-8. */
function bodyOf(answer: string): string {
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4).replace(/^[\da-f]+\r\n/, '');
  return Buffer.from(body, 'latin1').toString('utf8');
}

function inspected({ status, text }: Response): Inspected {
  if (status !== 200) throw new Error(`expected an answer of the app, got ${status}: ${text}`);
  return JSON.parse(text) as Inspected;
}

describe('an app with files beside it', () => {
  let server: ExpressServer;

  beforeAll(async () => {
    server = await ExpressServer.start([
      ...['--url-alias', '/static', `${files}/assets`],
      ...['--url-alias', '/static/deep', `${files}/special/deep`],
      inspectApp,
      ...['--url-alias', '/robots.txt', `${files}/robots.txt`],
      ...['--document-root', `${files}/docs`],
      ...['--directory-index', 'index.html'],
      ...['--setenv', 'GREETING', 'two words & "quotes" $${HOME} %{x} \\'],
      ...['--server-status', '--access-log'],
      ...['--log-directory', mkLogs()],
      ...['--include-file', `${files}/include.conf`],
    ]);
  }, 60_000);

  afterAll(async () => {
    await server.stop();
  });

  function get(target: string): Promise<Response> {
    return request(server.url, { path: target });
  }

  test.each([
    ['a file under an alias', '/static/style.css', 'p{}'],
    ['a query does not hide it', '/static/style.css?v=2', 'p{}'],
    ['the longest alias wins', '/static/deep/a.js', 'special()'],
    ['an alias of a single file', '/robots.txt', 'User-agent: *'],
    ['a file of the document root', '/page.html', '<p>page'],
    ['a file with an odd name', '/with%20space%20&%20%C3%BC.txt', 'odd name'],
    ['the index of a directory', '/sub/', '<p>index of sub'],
    ['a file below .well-known', '/.well-known/security.txt', 'contact'],
  ])('httpd serves %s', async (_, target, content) => {
    const response = await get(target);
    expect([response.status, response.text]).toEqual([200, content]);
    expect(response.headers['x-served-by']).toBeUndefined();
  });

  test.each([
    ['/static/style.css', 'text/css'],
    ['/static/module.mjs', 'text/javascript'],
    ['/page.html', 'text/html'],
    ['/robots.txt', 'text/plain'],
  ])('%s has the type %s', async (target, type) => {
    expect((await get(target)).headers['content-type']).toMatch(type);
  });

  test('a directory with an index is redirected to its slash, with the host and port of the client', async () => {
    const response = await get('/sub');
    expect(response.status).toBe(301);
    expect(response.headers.location).toBe(`${server.url}/sub/`);
  });

  test.each([
    ['that does not exist', '/static/missing.css'],
    ['that starts with a dot', '/static/.env'],
    ['that starts with a dot, deeper', '/static/sub/.htpasswd'],
    ['of TypeScript', '/static/app.ts'],
    ['of TypeScript declarations', '/static/types.d.mts'],
    ['of TypeScript, its letters in another case', '/static/APP.TS'],
    ['of node_modules', '/static/node_modules/x.js'],
    ['of nested node_modules', '/static/vendor/node_modules/x.js'],
    ['with its dot encoded', '/static/%2Eenv'],
    ['behind a detour', '/static/deep/../.env'],
    ['behind an encoded detour', '/static/deep/%2e%2e/.env'],
    ['behind doubled slashes', '/static//.env'],
    ['with an encoded slash', '/static/vendor%2Fnode_modules%2Fx.js'],
  ])('under an alias a file %s is neither served nor the app asked', async (_, target) => {
    const response = await get(target);
    expect(response.status).toBe(404);
    expect(response.text).not.toMatch(/secret/i);
    expect(response.headers['x-served-by']).toBeUndefined();
  });

  test('a directory under an alias is not listed', async () => {
    const response = await get('/static/');
    expect([403, 404]).toContain(response.status);
    expect(response.text).not.toContain('style.css');
  });

  test.each(['/server.ts', '/.env', '/.git/config', '/package.json', '/node_modules/left/pad.js', '//.env'])(
    'in the document root %s is not served, it is for the app to answer',
    async (target) => {
      expect(inspected(await get(target)).url).toBe(target);
    },
  );

  test.each([
    '/',
    '/static2',
    '/staticx/style.css',
    '/robots.txt.bak',
    '/empty/',
    '/missing/page.html',
    '/PAGE.html',
  ])('%s reaches the app, because no file is there', async (target) => {
    expect(inspected(await get(target)).url).toBe(target);
  });

  test.each([
    ['an encoded slash', '/a%2Fb', '/a%2Fb'],
    ['a scoped package, as npm asks for it', '/@scope%2fname', '/@scope%2fname'],
    ['an encoded question mark', '/a%3Fb', '/a%3Fb'],
    ['an encoded question mark and a query', '/a%3Fb?c=%3F', '/a%3Fb?c=%3F'],
    ['an encoded percent sign', '/a%25b%2541', '/a%25b%2541'],
    ['an encoded line feed', '/a%0Ab', '/a%0Ab'],
    ['an encoded carriage return and line feed', '/a%0d%0aX:%20y', '/a%0d%0aX:%20y'],
    ['an encoded hash', '/a%23b', '/a%23b'],
    ['an encoded space and a plus', '/a%20b+c', '/a%20b+c'],
    ['parameters', '/a;b=c;d', '/a;b=c;d'],
    ['repeated slashes and dot segments', '//x//y/../z/./', '//x//y/../z/./'],
    ['encoded dot segments', '/x/%2e%2e/y', '/x/%2e%2e/y'],
    ['encoded UTF-8', '/caf%C3%A9', '/caf%C3%A9'],
    ['bytes that are not UTF-8', '/caf%E9', '/caf%E9'],
    ['a query without a name', '/?', '/?'],
    [
      'a query of everything',
      `/p?a=1&a=2&b=/../x&c=?&d=%2F&e=[]{}|^'"`,
      `/p?a=1&a=2&b=/../x&c=?&d=%2F&e=[]{}|^'"`,
    ],
    ['characters a URL does not have', `/a[b]{c}|d^e'f"g\\h`, `/a[b]{c}|d^e'f"g\\h`],
    ['a dollar sign and what httpd would expand', '/${HOME}/$1/%{ENV:PATH}', undefined],
    ['a colon', '/a:b://c', '/a:b://c'],
    ['the absolute form', 'http://elsewhere.example/p?q', 'http://elsewhere.example/p?q'],
    ['eight thousand characters', `/${'x'.repeat(8000)}`, `/${'x'.repeat(8000)}`],
  ])('a target with %s reaches req.url byte for byte', async (_, target, expected) => {
    const answer = await exchange(
      server.port,
      `GET ${target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`,
    );
    if (expected === undefined) {
      // "%{" is no encoding: httpd refuses it.
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    } else {
      const { url } = JSON.parse(bodyOf(answer)) as Inspected;
      expect(Buffer.from(url, 'latin1').toString('hex')).toBe(
        Buffer.from(expected, 'latin1').toString('hex'),
      );
    }
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'PURGE', 'QUERY'])(
    'the method %s reaches the app',
    async (method) => {
      const answer = await exchange(
        server.port,
        `${method} /m HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toContain(`"method":"${method}"`);
    },
  );

  test.each([
    ['a method that Node does not know', 'FOOBAR /m'],
    ['a method in the wrong case', 'get /m'],
    ['a target with raw UTF-8', 'GET /caf\u00c3\u00a9'],
  ])('%s is answered 400, as by Node', async (_, line) => {
    const answer = await exchange(
      server.port,
      `${line} HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('any method but GET and HEAD on a file is refused or answered by httpd, never by the app', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const response = await request(`${server.url}/static/style.css`, { method, body: 'x' });
      expect(response.headers['x-served-by']).toBeUndefined();
      expect([200, 405]).toContain(response.status);
    }
  });

  test('TRACE is refused', async () => {
    expect((await request(`${server.url}/`, { method: 'TRACE' })).status).toBe(405);
  });

  test('a target that is longer than httpd reads is answered 414', async () => {
    expect((await get(`/${'x'.repeat(17_000)}`)).status).toBe(414);
  });

  test('--server-status answers this machine', async () => {
    const response = await get('/server-status?auto');
    expect(response.text).toMatch(/^BusyWorkers: \d+$/m);
  });

  test('--setenv reaches the environment of the app exactly as given', async () => {
    expect(inspected(await get('/')).env['GREETING']).toBe('two words & "quotes" ${HOME} %{x} \\');
  });

  test('the app knows the port clients use, and runs in production where it started', async () => {
    const { env, cwd } = inspected(await get('/'));
    expect(env).toMatchObject({ PORT: String(server.port), NODE_ENV: 'production' });
    expect(cwd).toBe(path.join(import.meta.dirname, '../..'));
  });

  test('--access-log writes a line for files and for the app into --log-directory', async () => {
    await get('/static/style.css?logged');
    await get('/app?logged');
    const accessLog = path.join(files, 'logs/access_log');
    await waitFor(() => readFileSync(accessLog, 'utf8').includes('GET /app?logged'), {
      within: 5000,
      what: 'the line in the access log',
    });
    expect(readFileSync(accessLog, 'utf8')).toMatch(
      /^127\.0\.0\.1 - - \[.*\] "GET \/static\/style\.css\?logged HTTP\/1\.1" 200 3$/m,
    );
    expect(existsSync(path.join(files, 'logs/error_log'))).toBe(true);
    expect(existsSync(path.join(server.serverRoot, 'error_log'))).toBe(false);
  });

  test('--include-file has the last word', async () => {
    expect((await get('/static/style.css')).headers['x-included']).toBe('yes');
  });

  test('the banner names what was asked for', () => {
    const { stdout } = server.command;
    expect(stdout).toMatch(new RegExp(`^Server URL         : ${server.url}/$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^Server Status      : ${server.url}/server-status$`, 'm'));
    expect(stdout).toMatch(/^Error Log File {5}: .*\/logs\/error_log \(warn\)$/m);
    expect(stdout).toMatch(/^Access Log File {4}: .*\/logs\/access_log$/m);
    expect(stdout).toMatch(/^Operating Mode {5}: daemon$/m);
  });

  function mkLogs(): string {
    const logs = path.join(files, 'logs');
    mkdirSync(logs);
    chmodSync(logs, 0o755);
    return logs;
  }
});

describe('other command lines', () => {
  let server: ExpressServer | undefined;

  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  test('--application-type static serves a directory and nothing else, without a bridge', async () => {
    server = await ExpressServer.start(['--application-type', 'static', '--document-root', '.'], {
      cwd: path.join(files, 'docs'),
    });
    expect((await request(`${server.url}/page.html`)).text).toBe('<p>page');
    for (const target of [
      '/',
      '/missing',
      '/.env',
      '/server.ts',
      '/package.json',
      '/node_modules/left/pad.js',
    ])
      expect((await request(`${server.url}${target}`)).status).toBe(404);
    expect(server.command.stdout).toMatch(/^Operating Mode {5}: static$/m);
    expect(server.command.stdout).not.toMatch(/^Request Capacity/m);
  }, 30_000);

  test('--application-type static with --directory-index serves the index of the root', async () => {
    server = await ExpressServer.start([
      ...['--application-type', 'static', path.join(files, 'docs/sub')],
      ...['--directory-index', 'index.html'],
    ]);
    expect((await request(`${server.url}/`)).text).toBe('<p>index of sub');
  }, 30_000);

  test('without an app there is a splash page', async () => {
    server = await ExpressServer.start([]);
    const response = await request(`${server.url}/`);
    expect([response.status, response.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(response.text).toContain('It works');
  }, 30_000);

  test('--mount-point takes its prefix off req.url and keeps everything else out', async () => {
    server = await ExpressServer.start([inspectApp, '--mount-point', '/api']);
    const get = (target: string): Promise<Response> => request(server?.url ?? '', { path: target });
    expect(inspected(await get('/api/users?x=1'))).toMatchObject({
      url: '/users?x=1',
      originalUrl: '/api/users?x=1',
      baseUrl: '/api',
    });
    expect(inspected(await get('/api')).url).toBe('/');
    expect(inspected(await get('/api?x')).url).toBe('/?x');
    expect(inspected(await get('/api/')).url).toBe('/');
    expect(inspected(await get('/api/a%2Fb//c')).url).toBe('/a%2Fb//c');
    for (const target of ['/', '/apix', '/other/api', '/API', '/x/../', '/api/../other'])
      expect([target, (await get(target)).status]).toEqual([target, 404]);
  }, 30_000);

  test('--callable-object names the export that answers', async () => {
    server = await ExpressServer.start(['--callable-object', 'somethingElse', inspectApp]);
    expect((await request(`${server.url}/x`)).text).toBe('something else at /x');
  }, 30_000);

  test('--application-type module serves a package found from the working directory', async () => {
    writeFiles({
      'project/node_modules/my-app/package.json':
        '{ "name": "my-app", "type": "module", "exports": "./main.js" }',
      'project/node_modules/my-app/main.js':
        'export default (req, res) => res.end(`my-app in ${process.cwd()}`)',
    });
    const project = path.join(files, 'project');
    server = await ExpressServer.start([
      ...['--application-type', 'module', 'my-app'],
      ...['--working-directory', project],
    ]);
    expect((await request(server.url)).text).toBe(`my-app in ${project}`);
  }, 30_000);

  test('--log-to-terminal sends the access log to stdout, the error log and the output of the app to stderr', async () => {
    writeFiles({
      'noisy.js':
        'module.exports = (req, res) => { console.log("said aloud"); console.error("complained"); res.destroy(); }',
    });
    server = await ExpressServer.start([
      path.join(files, 'noisy.js'),
      ...['--log-to-terminal', '--access-log', '--log-level', 'info'],
    ]);
    await request(`${server.url}/noise`).catch(() => undefined);
    const { command } = server;
    // httpd says that it is configured after its children have begun to serve.
    const awaited = ['complained', 'resuming normal operations'];
    await waitFor(
      () => command.stdout.includes('GET /noise') && awaited.every((text) => command.stderr.includes(text)),
      { within: 5000, what: `the lines, in ${command.stdout} and ${command.stderr}` },
    );
    expect(command.stdout).toMatch(/^127\.0\.0\.1 .*"GET \/noise HTTP\/1\.1" 50\d/m);
    expect(command.stderr).toMatch(/said aloud/);
    // What Node gives a child as stderr is a socket, which httpd cannot open.
    expect(command.stderr).toMatch(/^\[.*\[mpm_\w+:notice\].*configured/m);
    expect(existsSync(path.join(server.serverRoot, 'error_log'))).toBe(false);
  }, 30_000);

  test('--log-to-terminal into a file loses no line of anybody', async () => {
    writeFiles({
      'talking.js': 'module.exports = (req, res) => { console.error("asked for " + req.url); res.end(); }',
    });
    const log = path.join(files, 'log');
    server = await ExpressServer.start(
      [path.join(files, 'talking.js'), '--log-to-terminal', '--log-level', 'info'],
      { launcher: ['/bin/sh', '-c', 'exec "$@" 2>"$0"', log] },
    );
    for (let index = 0; index < 20; index++) await request(`${server.url}/${index}`);
    await server.stop();
    server = undefined;
    const lines = readFileSync(log, 'utf8').split('\n');
    expect(lines.filter((line) => /^\[.*\] asked for \/\d+$/.test(line))).toHaveLength(20);
    expect(lines.find((line) => line.includes('AH00489'))).toMatch(/^\[.* resuming normal operations$/);
    expect(lines.find((line) => line.includes('AH00492'))).toMatch(/^\[.* shutting down gracefully$/);
    expect(lines.filter((line) => !/^(\[|express: |$)/.test(line))).toEqual([]);
  }, 30_000);

  if (noUnprivileged !== undefined) process.stderr.write(`skipped: ${noUnprivileged}\n`);
  (noUnprivileged === undefined ? test : test.skip)(
    'without root it serves files and the app, all under the account it was started with',
    async () => {
      server = await ExpressServer.start([inspectApp, '--document-root', `${files}/docs`], unprivileged);
      expect((await request(`${server.url}/page.html`)).text).toBe('<p>page');
      expect(inspected(await request(`${server.url}/x`)).url).toBe('/x');
      const uid = unprivileged.account?.uid ?? process.getuid?.();
      const owners = findProcesses(server.mark).map(({ pid }) => statSync(`/proc/${pid}`).uid);
      expect(owners.length).toBeGreaterThan(3);
      expect(new Set(owners)).toEqual(new Set([uid]));
      expect(server.command.stdout).not.toMatch(/^Running As/m);
    },
    30_000,
  );

  test('PORT is respected', async () => {
    server = await ExpressServer.start([inspectApp], {
      listen: (port) => ({ env: { PORT: String(port) }, host: 'localhost' }),
    });
    expect(inspected(await request(server.url)).localPort).toBe(server.port);
    expect(server.command.stdout).toContain(`Server URL         : http://localhost:${server.port}/`);
  }, 30_000);

  test('EXPRESS_PORT wins over PORT, and other options have environment names, too', async () => {
    server = await ExpressServer.start([inspectApp], {
      listen: (port) => ({
        env: { EXPRESS_PORT: String(port), PORT: '1', EXPRESS_HOST: '127.0.0.1', EXPRESS_MOUNT_POINT: '/m' },
      }),
    });
    expect(inspected(await request(`${server.url}/m/x`)).url).toBe('/x');
  }, 30_000);

  const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some(({ address }) => address === '::1'),
  );
  if (!hasIpv6) process.stderr.write('skipped: there is no ::1\n');
  (hasIpv6 ? test : test.skip)(
    '--host takes an IPv6 address, and the app sees IPv6 clients',
    async () => {
      server = await ExpressServer.start([inspectApp], {
        listen: (port) => ({ args: ['--host', '::1', '--port', String(port)], host: '[::1]' }),
      });
      expect(inspected(await request(server.url))).toMatchObject({
        remoteAddress: '::1',
        remoteFamily: 'IPv6',
        localAddress: '::1',
      });
      expect(server.command.stdout).toContain(`http://[::1]:${server.port}/`);
    },
    30_000,
  );
});
