import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { exampleInput, filesInput } from './support/example-input.ts';
import { describeWithHttpd } from './support/local-httpd.ts';
import { request } from './support/raw-request.ts';
import { startResponder, type ScriptedResponder } from './support/scripted-responder.ts';
import { serve, temporaryRoot, type ServingHttpd } from './support/serving-httpd.ts';

/** Files by path below the root; each holds its own path. */
const tree = [
  'htdocs/page.html',
  'htdocs/module.mjs',
  'htdocs/a b%41.txt',
  'htdocs/café.txt',
  'htdocs/with-index/index.html',
  'htdocs/without-index/page.html',
  'htdocs/.git/config',
  'htdocs/.git/index.html',
  'htdocs/.env',
  'htdocs/.well-known/security.txt',
  'htdocs/deep/.env.local',
  'htdocs/app.ts',
  'htdocs/App.TSX',
  'htdocs/types.d.mts',
  'htdocs/tests.tsv',
  'htdocs/node_modules/x/index.js',
  'htdocs/node_modules_of_mine.txt',
  'htdocs/package.json',
  'htdocs/package-lock.json',
  'htdocs/my-package.json',
  'htdocs/static/shadowed.txt',
  'htdocs/server-status',
  'assets/one.txt',
  'assets/index.html',
  'assets/.env',
  'assets/app.ts',
  'assets/line\nfeed/.env',
  'inner/two.txt',
  'single/icon.ts',
  'single/other.txt',
  'single/home.html',
  'htdocs/icon/inside.txt',
  'secret.txt',
];

describeWithHttpd('files', (build) => {
  const root = temporaryRoot();
  const at = (...names: string[]) => path.join(root.path, ...names);
  let httpd: ServingHttpd;

  beforeAll(() => {
    for (const file of tree) {
      mkdirSync(path.dirname(at(file)), { recursive: true });
      writeFileSync(at(file), file);
    }
  });
  afterAll(() => {
    root.remove();
  });

  const answer = async (target: string) => {
    const { status, body } = await request(httpd.port, target);
    return status === 200 ? body : status;
  };

  describe('beside an app', () => {
    let responder: ScriptedResponder;
    beforeAll(async () => {
      httpd = await serve(
        exampleInput(root.path, build, {
          directoryIndex: 'index.html',
          serverStatus: true,
          urlAliases: [
            { url: '/static', path: at('assets'), kind: 'directory' },
            { url: '/static/inner/', path: at('inner'), kind: 'directory' },
            { url: '/icon', path: at('single', 'icon.ts'), kind: 'file' },
            { url: '/', path: at('single', 'home.html'), kind: 'file' },
          ],
        }),
      );
      responder = await startResponder(at('server', 'run', 'app.sock'));
    });
    afterAll(async () => {
      await responder.close();
      expect(await httpd.stop()).toBe(0);
    });

    test.each([
      ['/page.html', 'htdocs/page.html'],
      ['/page.html?query', 'htdocs/page.html'],
      ['//page.html', 'htdocs/page.html'],
      ['/x/../page.html', 'htdocs/page.html'],
      ['/a%20b%2541.txt', 'htdocs/a b%41.txt'],
      ['/caf%C3%A9.txt', Buffer.from('htdocs/café.txt').toString('latin1')],
      ['/with-index/', 'htdocs/with-index/index.html'],
      ['/.well-known/security.txt', 'htdocs/.well-known/security.txt'],
      ['/icon/inside.txt', 'htdocs/icon/inside.txt'],
      ['/tests.tsv', 'htdocs/tests.tsv'],
      ['/my-package.json', 'htdocs/my-package.json'],
      ['/node_modules_of_mine.txt', 'htdocs/node_modules_of_mine.txt'],
    ])('%s is the file %s', async (target, file) => {
      expect(await answer(target)).toBe(file);
    });

    test.each([
      '/missing',
      '/page.html/more',
      '/page.html%2F',
      '/htdocs%2Fpage.html',
      '/without-index/',
      '/without-index',
      '/.env',
      '/.git/config',
      '/.git/',
      '/.git',
      '/deep/.env.local',
      '/app.ts',
      '/APP.ts',
      '/App.TSX',
      '/types.d.mts',
      '/node_modules/x/index.js',
      '/package.json',
      '/package-lock.json',
      '/staticfile',
      '/icon/more',
      '/icons',
      '/secret.txt',
      `/${'x'.repeat(300)}`,
    ])('%s is the app', async (target) => {
      expect(await answer(target)).toBe('the app');
    });

    test.each([
      ['/static/one.txt', 'assets/one.txt'],
      ['/static/', 'assets/index.html'],
      ['/static/inner/two.txt', 'inner/two.txt'],
      ['/icon', 'single/icon.ts'],
      ['/', 'single/home.html'],
    ])('%s of an alias is the file %s', async (target, file) => {
      expect(await answer(target)).toBe(file);
    });

    test.each([
      '/static/missing',
      '/static/shadowed.txt',
      '/static/.env',
      '/static/app.ts',
      '/static/line%0Afeed/.env',
      '/static/inner/one.txt',
      '/static/inner/',
    ])('%s of an alias does not exist, and the app is not asked', async (target) => {
      expect(await answer(target)).toBe(404);
    });

    test('a directory with an index is redirected to its slash', async () => {
      const { status, headers } = await request(httpd.port, '/with-index');

      expect([status, headers['location']]).toEqual([301, 'http://localhost/with-index/']);
    });

    test('the status of httpd is shadowed neither by a file nor by the app', async () => {
      expect(await answer('/server-status?auto')).toMatch(/BusyWorkers/);
    });

    test('a module has the type browsers insist on', async () => {
      const { headers } = await request(httpd.port, '/module.mjs');

      expect(headers['content-type']).toBe('text/javascript');
    });
  });

  describe('alone', () => {
    beforeAll(async () => {
      httpd = await serve(filesInput(root.path, build));
    });
    afterAll(async () => {
      expect(await httpd.stop()).toBe(0);
    });

    test('are served', async () => {
      expect(await answer('/page.html')).toBe('htdocs/page.html');
    });

    test.each(['/', '/missing', '/with-index/', '/without-index', '/.env', '/app.ts', '/package.json'])(
      'do not include %s',
      async (target) => {
        expect(await answer(target)).toBe(404);
      },
    );
  });

  describe('of an alias for everything', () => {
    beforeAll(async () => {
      httpd = await serve(
        filesInput(root.path, build, { urlAliases: [{ url: '/', path: at('assets'), kind: 'directory' }] }),
      );
    });
    afterAll(async () => {
      expect(await httpd.stop()).toBe(0);
    });

    test.each([
      ['/one.txt', 'assets/one.txt'],
      ['/page.html', 404],
      ['/.env', 404],
    ])('%s is %s', async (target, file) => {
      expect(await answer(target)).toBe(file);
    });
  });
});
