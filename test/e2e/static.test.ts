/** Files as httpd serves them, beside an app and without one: seen by clients. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { request, type Response } from '../support/http-request.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';

const app = path.join(import.meta.dirname, '../fixtures/apps/answers.ts');
const directory = createTemporaryDirectory();
const at = (name: string) => path.join(directory.path, name);

function write(name: string, content: string | Buffer = name): void {
  mkdirSync(path.dirname(at(name)), { recursive: true });
  writeFileSync(at(name), content);
}

const script = 'console.log(1);'.repeat(100);

for (const name of [
  'docs/index.html',
  'docs/plain.txt',
  'docs/my notes 50%.txt',
  'docs/errors/404.html',
  'docs/errors/500.html',
  'docs/errors/it is gone.html',
  'docs/new.html',
  'docs/deep/.well-known/x',
  'docs/deep/page.html',
  'docs/deep/.env',
  'docs/deep/.a',
  'docs/deep/.b/x',
  'docs/deep/app.ts',
  'docs/deep/App.TSX',
  'docs/deep/mod.cts',
  'docs/deep/node_modules/x.js',
  'docs/deep/package.json',
  'docs/indexed/index.html',
  'docs/secret.ts',
  'docs/secret.ts.gz',
  'docs/assets/index-BfK3x9aZ.js',
  'docs/assets/main.3f2a9c1b0d4e5f60.css',
  'docs/assets/my-chapter1.js',
  'docs/assets/report-20240101.js',
  'docs/assets/fooButton.js',
  'assets/two.txt',
  'assets/list/three.txt',
  'assets/list/.env',
  'assets/list/four.ts',
  'assets/named.ts',
  'inner/five.txt',
  'logo.svg',
])
  write(name);
write('docs/script.js', script);
write('docs/script.js.br', brotliCompressSync(script));
write('docs/script.js.gz', gzipSync(script));
write('docs/only-gz.css', 'a{}');
write('docs/only-gz.css.gz', gzipSync('a{}'));
write('docs/orphan.js.gz', gzipSync('x'));
write('docs/index.html.br', brotliCompressSync('docs/index.html'));
write('assets/alias.js', script);
write('assets/alias.js.br', brotliCompressSync(script));
write('docs/ht/.htaccess', 'ErrorDocument 404 "from htaccess"\nRedirect "/ht/old" "/ht/new"\n');
write('docs/ht/page.html');
write(
  'rewrite.conf',
  'RewriteRule "^/old$" "/new.html" [R=301,END]\nRewriteRule "^/inner-name$" "/new.html"\nRewriteRule "^/gone$" - [G]\n',
);
write('types', 'text/x-special txt\ntext/html html\napplication/gzip gz\n');

const big = Buffer.alloc(3_000_000, 'big file ');
write('sent/a résumé 50%.txt', '0123456789');
write('sent/big.bin', big);
write('sent/empty', '');
write('sent-not/secret');
symlinkSync('big.bin', at('sent/inside'));
symlinkSync('../docs/secret.ts', at('sent/outside'));

afterAll(() => {
  directory.remove();
});

let server: ExpressServer;

async function get(target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return request(server.url, { path: target, headers, method });
}

async function answer(target: string, headers: Record<string, string> = {}): Promise<string | number> {
  const { status, text } = await get(target, headers);
  return status === 200 ? text : status;
}

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('beside an app', () => {
  beforeAll(async () => {
    server = await ExpressServer.start([
      ...['--document-root', at('docs'), '--directory-index', 'index.html', '--precompressed'],
      ...['--url-alias', '/static', at('assets'), '--url-alias', '/static/inner', at('inner')],
      ...['--url-alias', '/static/inner/logo', at('logo.svg'), '--directory-listing'],
      ...['--url-alias', '/static-by-name', at('assets/named.ts')],
      ...['--error-document', '404', '/errors/404.html', '--error-document', '500', '/errors/500.html'],
      ...['--error-document', '410', '/errors/it is gone.html'],
      ...['--error-override', '--allow-override', 'FileInfo', '--rewrite-rules', at('rewrite.conf')],
      ...['--mime-types', at('types'), '--enable-sendfile'],
      ...['--sendfile-root', at('sent'), app],
    ]);
  }, 60_000);
  afterAll(async () => {
    expect((await server.stop()).status).toBe(0);
  });

  test.each([
    ['/plain.txt', 'docs/plain.txt'],
    ['/my%20notes%2050%25.txt', 'docs/my notes 50%.txt'],
    ['/', 'docs/index.html'],
    ['/static/two.txt', 'assets/two.txt'],
    ['/static/inner/five.txt', 'inner/five.txt'],
    ['/static/inner/logo', 'logo.svg'],
    ['/static-by-name', 'assets/named.ts'],
    ['/inner-name', 'docs/new.html'],
    ['/ht/page.html', 'docs/ht/page.html'],
  ])('%s is the file %s', async (target, file) => {
    expect(await answer(target)).toBe(file);
  });

  test.each(['/deep/', '/deep', '/nothing', '/static-not', '/orphan.js', '/script.js/', '/new.html/x'])(
    '%s is the app',
    async (target) => {
      expect(await answer(target)).toBe(`the app at ${target}`);
    },
  );

  test.each([
    ...['/secret.ts', '/SECRET.TS', '/secret%2ets', '/secret.ts/', '/secret.ts/x', '/secret.ts%2Fx'],
    ...['/secret.ts.gz', '//secret.ts', '/x/../secret.ts', '/secret.ts.', '/deep/%2eenv', '/deep/.ENV'],
    ...['/deep/%2Eenv', '/deep/.env/', '/deep/node_modules/x.js', '/deep/Node_Modules/x.js'],
    ...['/deep%2F.env', '/deep/package.json', '/ht/.htaccess', '/deep/app.ts?x', '/deep/App.TSX'],
  ])('%s is no file', async (target) => {
    expect(await answer(target)).toBe(`the app at ${target}`);
  });

  test.each([
    '/static/list/.env',
    '/static/list/four.ts',
    '/static/list/FOUR.TS',
    '/static/list%2F.env',
    '/static/../docs/secret.ts/../../static/list/four.ts',
  ])('%s of an alias does not exist', async (target) => {
    const { status, text } = await get(target);
    expect([status, text]).toEqual([404, 'docs/errors/404.html']);
  });

  test('a private file with more behind it is no file either', async () => {
    expect(await answer('/static/list/four.ts/x')).toBe(403);
  });

  test('a directory of an alias is listed, without private names', async () => {
    const { status, headers, text } = await get('/static/list/');
    expect([status, headers['content-type']]).toEqual([200, 'text/html;charset=UTF-8']);
    expect(text).toContain('three.txt');
    expect(text).not.toMatch(/four\.ts|\.env/);
    expect((await get('/static/list')).headers.location).toMatch(/\/static\/list\/$/);
  });

  test('a file has a validator, and is sent again only when it has changed', async () => {
    const { headers } = await get('/plain.txt');
    const [etag = '', modified = ''] = [headers.etag, headers['last-modified']];
    expect(headers['content-type']).toBe('text/x-special');
    expect((await get('/plain.txt', { 'if-none-match': etag })).status).toBe(304);
    expect((await get('/plain.txt', { 'if-modified-since': modified })).status).toBe(304);
    expect((await get('/plain.txt', { 'if-none-match': '"other"' })).status).toBe(200);
    expect((await get('/plain.txt', { 'if-match': '"other"' })).status).toBe(412);
  });

  test.each([
    ['bytes=0-3', 206, 'docs', 'bytes 0-3/14'],
    ['bytes=-3', 206, 'txt', 'bytes 11-13/14'],
    ['bytes=99-', 416, undefined, undefined],
    ['lines=1', 200, 'docs/plain.txt', undefined],
  ])('the range %s of a file is answered %i', async (range, status, text, contentRange) => {
    const response = await get('/plain.txt', { range });
    expect([response.status, response.headers['content-range']]).toEqual([status, contentRange]);
    if (text !== undefined) expect(response.text).toBe(text);
  });

  describe('a compressed file', () => {
    test.each([
      ['/script.js', 'gzip, deflate, br', 'br', 'text/javascript'],
      ['/script.js', 'gzip, br;q=0', 'gzip', 'text/javascript'],
      ['/script.js', 'br; q=0.001', 'br', 'text/javascript'],
      ['/script.js', 'GZIP', 'gzip', 'text/javascript'],
      ['/only-gz.css', 'br, gzip', 'gzip', 'text/css'],
      ['/static/alias.js', 'br', 'br', 'text/javascript'],
      ['/index.html', 'br', 'br', 'text/html'],
      ['/', 'br', 'br', 'text/html'],
    ])('%s answers %s with %s', async (target, accept, encoding, type) => {
      const { status, headers, body } = await get(target, { 'accept-encoding': accept });
      expect([status, headers['content-encoding'], headers['content-type']]).toEqual([200, encoding, type]);
      expect(headers.vary?.toLowerCase()).toBe('accept-encoding');
      const decoded = (encoding === 'br' ? brotliDecompressSync(body) : gunzipSync(body)).toString();
      expect([script, 'a{}', 'docs/index.html']).toContain(decoded);
    });

    test.each([
      ['/script.js', ''],
      ['/script.js', 'br;q=0, gzip;q=0.0'],
      ['/script.js', 'broken, xgzip'],
      ['/only-gz.css', 'br'],
    ])('%s answers %j with the file as it is, and says that this may vary', async (target, accept) => {
      const { headers, text } = await get(target, accept === '' ? {} : { 'accept-encoding': accept });
      expect([script, 'a{}']).toContain(text);
      expect([headers['content-encoding'], headers.vary]).toEqual([undefined, 'Accept-Encoding']);
    });

    test('has a validator and ranges of its own', async () => {
      const br = { 'accept-encoding': 'br' };
      const [plain, compressed] = await Promise.all([get('/script.js'), get('/script.js', br)]);
      const etag = compressed.headers.etag ?? '';
      expect(etag).not.toBe(plain.headers.etag);
      const again = await get('/script.js', { ...br, 'if-none-match': etag });
      expect([again.status, again.headers.vary]).toEqual([304, 'Accept-Encoding']);
      const part = await get('/script.js', { ...br, range: 'bytes=0-9' });
      expect([part.status, part.headers['content-encoding']]).toEqual([206, 'br']);
      expect(part.body).toEqual(compressed.body.subarray(0, 10));
    });

    test.each([
      ['gzip;q=1, br;q=0.1', 'gzip'],
      ['br;q=0.2, gzip;q=0.25', 'gzip'],
      ['gzip, br;q=0.9', 'gzip'],
      ['gzip;q=0.5, br;q=0.8', 'br'],
      ['gzip;q=0.8, br', 'br'],
      ['gzip, deflate, br, zstd', 'br'],
      ['br;q=0, gzip;q=0.1', 'gzip'],
      ['br;q=0.000, gzip;q=0', undefined],
      ['identity;q=0, br', 'br'],
      // Nothing else is there, and something is better than 406.
      ['identity;q=0', undefined],
      ['*;q=0', undefined],
      ['*;q=0, gzip', 'gzip'],
      ['xbr, gzipx', undefined],
    ])('of which %j is taken is %s', async (accepted, coding) => {
      const { status, headers } = await get('/script.js', { 'accept-encoding': accepted });
      expect([status, headers['content-encoding']]).toEqual([200, coding]);
    });

    test('asked for by its own name is a file like any other', async () => {
      const { headers, body } = await get('/script.js.gz', { 'accept-encoding': 'gzip' });
      expect(headers['content-encoding']).toBeUndefined();
      expect(gunzipSync(body).toString()).toBe(script);
    });

    test('is told of by HEAD', async () => {
      const { headers, body } = await get('/script.js', { 'accept-encoding': 'br' }, 'HEAD');
      expect([headers['content-encoding'], body.length]).toEqual(['br', 0]);
    });
  });

  describe('an error', () => {
    test('of the app has the document of its status', async () => {
      const [missing, failed] = await Promise.all([get('/x?status=404'), get('/x?status=500')]);
      expect([missing.status, missing.text]).toEqual([404, 'docs/errors/404.html']);
      expect([failed.status, failed.text]).toEqual([500, 'docs/errors/500.html']);
    });

    test('of the app without a document is its own', async () => {
      const { status, text } = await get('/x?status=422');
      expect([status, text]).toEqual([422, 'the app at /x?status=422']);
    });

    test('with a document leaves the connection to the app whole', async () => {
      for (let round = 0; round < 5; round++) {
        expect((await get('/x?status=500')).text).toBe('docs/errors/500.html');
        expect(await answer('/after')).toBe('the app at /after');
      }
    });
  });

  describe('a file that the app names', () => {
    const send = (name: string, query = '') =>
      `/x?sendfile=${encodeURIComponent(at(`sent/${name}`))}&Content-Type=text/x-app${query}`;

    test('is sent in place of what it writes, with its other headers', async () => {
      const { status, headers, text } = await get(send('a résumé 50%.txt', '&X-Own=1'));
      expect([status, text]).toEqual([200, '0123456789']);
      expect(headers).toMatchObject({
        'content-length': '10',
        'content-type': 'text/x-app',
        'accept-ranges': 'bytes',
        'x-own': '1',
      });
      expect(headers['x-sendfile']).toBeUndefined();
    });

    test('is sent whole, however large, and the connection to the app goes on', async () => {
      for (const name of ['big.bin', 'inside', 'empty', 'big.bin']) {
        const { body } = await get(send(name));
        expect(body.equals(name === 'empty' ? Buffer.alloc(0) : big)).toBe(true);
        expect(await answer('/after')).toBe('the app at /after');
      }
    });

    test('has ranges, validators and a HEAD', async () => {
      const target = send('a résumé 50%.txt');
      const { headers } = await get(target);
      const part = await get(target, { range: 'bytes=2-4' });
      expect([part.status, part.text, part.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10']);
      expect((await get(target, { range: 'bytes=10-' })).status).toBe(416);
      expect((await get(target, { 'if-none-match': headers.etag ?? '' })).status).toBe(304);
      expect((await get(target, { range: 'bytes=2-4', 'if-range': '"other"' })).text).toBe('0123456789');
      const head = await get(target, {}, 'HEAD');
      expect([head.headers['content-length'], head.body.length]).toEqual(['10', 0]);
    });

    test.each(['outside', 'missing', '../sent-not/secret', '.', ''])(
      'is not sent from elsewhere: %j',
      async (name) => {
        const { status, text } = await get(send(name));
        expect([status, text]).toEqual([404, 'docs/errors/404.html']);
      },
    );

    test('that was refused is in the log', () => {
      expect(server.errorLog).toMatch(/a file that the app named was not sent.*outside/);
    });
  });

  describe('rules of the user', () => {
    test('redirect and refuse before anything else', async () => {
      const { status, headers } = await get('/old');
      expect([status, headers.location]).toEqual([301, `${server.url}/new.html`]);
      const gone = await get('/gone');
      expect([gone.status, gone.text]).toEqual([410, 'docs/errors/it is gone.html']);
    });

    test('in .htaccess files are obeyed for files', async () => {
      write('docs/ht/.htaccess', 'Header set X-From htaccess\n');
      expect((await get('/ht/page.html')).headers['x-from']).toBe('htaccess');
    });
  });
});

describe('an app of the browser', () => {
  beforeAll(async () => {
    server = await ExpressServer.start([
      ...['--document-root', at('docs'), '--spa', '--spa-exclude', '/auth', '--precompressed'],
      ...['--mount-point', '/api', '--directory-listing', app],
    ]);
  }, 60_000);
  afterAll(async () => {
    expect((await server.stop()).status).toBe(0);
  });

  test.each(['/', '/users/5', '/users/5?tab=1', '/users/', '/a%20b/c'])(
    'is the answer to a navigation to %s',
    async (target) => {
      expect(await answer(target, html)).toBe('docs/index.html');
    },
  );

  test.each([
    ['what is no navigation', '/users/5', { accept: '*/*' }, 404],
    ['a client that refuses HTML', '/users/5', { accept: 'text/html;q=0, */*' }, 404],
    ['a name with a dot', '/missing.js', html, 404],
    ['an excluded URL', '/auth/callback', html, 404],
    ['the app', '/api/users/5', html, 'the app at /users/5'],
    ['a file', '/plain.txt', html, 'docs/plain.txt'],
    ['a private name', '/deep/.env', html, 404],
  ])('is not the answer to %s', async (_title, target, headers, expected) => {
    expect(await answer(target, headers)).toBe(expected);
  });

  test('is not the answer to a form that is posted', async () => {
    expect((await request(server.url, { path: '/users/5', method: 'POST', headers: html })).status).toBe(404);
  });

  test('comes compressed, too', async () => {
    const { headers, body } = await get('/users/5', { ...html, 'accept-encoding': 'br' });
    expect([headers['content-encoding'], headers['content-type']]).toEqual(['br', 'text/html']);
    expect(brotliDecompressSync(body).toString()).toBe('docs/index.html');
  });

  test.each([
    ['/assets/index-BfK3x9aZ.js', 'public, max-age=31536000, immutable'],
    ['/assets/main.3f2a9c1b0d4e5f60.css', 'public, max-age=31536000, immutable'],
    ['/assets/my-chapter1.js', undefined],
    ['/assets/report-20240101.js', undefined],
    ['/assets/fooButton.js', undefined],
    ['/plain.txt', undefined],
    ['/', 'no-cache'],
    ['/users/5', 'no-cache'],
    ['/errors/404.html', 'no-cache'],
    ['/api/x.html', undefined],
  ])('%s may be kept: %s', async (target, cacheControl) => {
    expect((await get(target, html)).headers['cache-control']).toBe(cacheControl);
  });

  test('without --sendfile-root the header of the app is left to the client', async () => {
    const { headers, text } = await get('/api/x?sendfile=/etc/passwd');
    expect([headers['x-sendfile'], text]).toEqual(['/etc/passwd', 'the app at /x?sendfile=/etc/passwd']);
  });

  test('HTML is asked for again and not sent again', async () => {
    const { headers } = await get('/', html);
    const again = await get('/', { ...html, 'if-none-match': headers.etag ?? '' });
    expect([again.status, again.headers['cache-control']]).toEqual([304, 'no-cache']);
  });

  test('leaves directories to their listing, without private names', async () => {
    const { status, text } = await get('/deep/', { accept: '*/*' });
    expect(status).toBe(200);
    expect(text).toContain('page.html');
    expect(text).toContain('Parent Directory');
    expect(text).not.toMatch(
      /\.env|"\.[ab]\/?"|app\.ts|App\.TSX|mod\.cts|node_modules|package\.json|well-known/,
    );
  });

  test.each(['/deep/node_modules/', '/deep/.well-known/'])('%s is not listed', async (target) => {
    const { status } = await get(target, { accept: '*/*' });
    expect(status).toBe(target.includes('well-known') ? 200 : 404);
  });
});
