import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { requireCompanions } from '../src/companions.ts';
import { requireFileOptions, toFiles } from '../src/files-plan.ts';
import { type FoundApp } from '../src/find-app.ts';
import { serverOptions } from '../src/options.ts';
import { type RawValues, resolveSettings } from '../src/settings.ts';

let root = '';

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'files-plan-'));
  mkdirSync(path.join(root, 'errors'));
  for (const name of ['index.html', 'errors/404.html']) writeFileSync(path.join(root, name), name);
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

const app = { kind: 'script', entry: '/app.ts', mountPoint: '/' } as const;
const resolve = (values: RawValues) => resolveSettings(serverOptions, { values, env: {} });

/** Checks the options; `~` stands for the directory of this test. */
function check(values: RawValues, found: FoundApp = { app }): void {
  const inRoot = Object.entries(values).map(([key, list]) => [
    key,
    list?.map((each) => each.replace('~', root)),
  ]);
  const resolved = resolve(Object.fromEntries(inRoot) as RawValues);
  requireCompanions(resolved);
  const urlAliases = resolved.settings.urlAlias.map(([url, target]) => ({
    url,
    path: target,
    kind: path.extname(target) === '' ? ('directory' as const) : ('file' as const),
  }));
  requireFileOptions(resolved, { ...found, urlAliases });
}

describe('options about files', () => {
  test.each<[string, RawValues, string, FoundApp?]>([
    ['--spa without files', { spa: ['on'] }, 'needs a --document-root'],
    ['--spa without index.html', { spa: ['on'], documentRoot: ['~/errors'] }, 'errors/index.html'],
    ['--spa-exclude alone', { spaExclude: ['/x'] }, 'needs --spa'],
    ['--error-override without an app', { errorOverride: ['on'] }, 'none is served', {}],
    ['All with another', { allowOverride: ['All', 'Limit'] }, 'stand alone'],
    ['two documents', { errorDocument: ['404\0/a', '404\0/b'], documentRoot: ['~'] }, '404 is given'],
    ['a document nowhere', { errorDocument: ['404\0/a'] }, 'needs a --document-root'],
    ['a document that is missing', { errorDocument: ['404\0/a'], documentRoot: ['~'] }, '/a'],
    ['a directory', { errorDocument: ['404\0/errors'], documentRoot: ['~'] }, 'this is a directory'],
    [
      'a document of the wrong alias',
      { errorDocument: ['404\0/x/404.html'], urlAlias: ['/\0~/errors', '/x\0~'] },
      '404.html',
    ],
  ])('%s is refused', (...row) => {
    const [, values, says, found] = row;
    expect(() => {
      check(values, found);
    }).toThrow(says);
  });

  test.each<[string, RawValues, FoundApp?]>([
    ['--spa of the directory that is served alone', { spa: ['on'] }, { documentRoot: '~' }],
    ['--spa beside an app', { spa: ['on'], spaExclude: ['/auth'], documentRoot: ['~'] }],
    ['a document below the document root', { errorDocument: ['404\0/errors/404.html'], documentRoot: ['~'] }],
    ['a document of an alias', { errorDocument: ['404\0/x/404.html'], urlAlias: ['/x\0~/errors', '/\0~'] }],
    ['a document that is an alias', { errorDocument: ['404\0/x'], urlAlias: ['/x\0~/errors/404.html'] }],
    ['a document of an alias of /', { errorDocument: ['404\0/404.html'], urlAlias: ['/\0~/errors'] }],
  ])('%s is accepted', (...row) => {
    const [, values, given] = row;
    const found: FoundApp = given ?? { app };
    const { documentRoot } = found;
    check(values, { ...found, ...(documentRoot !== undefined && { documentRoot: root }) });
  });

  test('are passed on', () => {
    const { settings } = resolve({
      spa: ['on'],
      spaExclude: ['/auth'],
      errorDocument: ['404\0/404.html'],
      allowOverride: ['FileInfo'],
      rewriteRules: ['/r'],
      mimeTypes: ['/m'],
      enableSendfile: ['on'],
    });
    expect(toFiles(settings)).toEqual({
      directoryListing: false,
      spa: { exclude: ['/auth'] },
      precompressed: false,
      mimeTypesPath: '/m',
      enableSendfile: true,
      errorDocuments: [[404, '/404.html']],
      errorOverride: false,
      allowOverride: ['FileInfo'],
      rewriteRulesPath: '/r',
    });
  });
});
