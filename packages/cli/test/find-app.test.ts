import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { findApp } from '../src/find-app.ts';
import { serverOptions } from '../src/options.ts';
import { type RawValues, resolveSettings } from '../src/settings.ts';

let directory = '';
beforeAll(() => {
  directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'find-app-')));
  mkdirSync(path.join(directory, 'sub'));
  for (const name of ['a.ts', 'b.ts', 'app "ü" $x %y \\z.ts']) writeFileSync(path.join(directory, name), '');
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

function find({
  operands = [],
  values = {},
  env = {},
}: {
  operands?: string[];
  values?: RawValues;
  env?: NodeJS.ProcessEnv;
}) {
  return findApp(resolveSettings(serverOptions, { values, env }), operands);
}

const at = (name: string) => path.join(directory, name);

describe('the app', () => {
  test('is the splash page only when none is named', () => {
    expect(find({})).toMatchObject({ app: { kind: 'splash', mountPoint: '/' } });
    expect(() => find({ operands: [at('missing.ts')] })).toThrow(
      expect.objectContaining({
        code: 'ERR_CLI_PATH',
        message: `the app ${at('missing.ts')}: no such file or directory`,
      }),
    );
  });

  test('is --entry-point, else the operand, else the variable', () => {
    const env = { EXPRESS_ENTRY_POINT: at('missing.ts') };
    expect(find({ operands: [at('a.ts')], values: { entryPoint: [at('b.ts')] }, env }).app?.entry).toBe(
      at('b.ts'),
    );
    expect(find({ operands: [at('a.ts')], env }).app?.entry).toBe(at('a.ts'));
    expect(find({ env: { EXPRESS_ENTRY_POINT: at('b.ts') } }).app?.entry).toBe(at('b.ts'));
  });

  test('may have a name with quotes, spaces, signs and letters of any script', () => {
    const name = at('app "ü" $x %y \\z.ts');
    expect(find({ operands: [name] }).app).toMatchObject({ kind: 'script', entry: name, mountPoint: '/' });
  });

  test('may be a composition file, which then names the exports', () => {
    const values = { applicationType: ['config'] };
    expect(find({ operands: [at('a.ts')], values }).app).toMatchObject({ kind: 'config', entry: at('a.ts') });
    const conflict = expect.objectContaining({ code: 'ERR_CLI_OPTION_CONFLICT' }) as unknown as Error;
    expect(() => find({ values })).toThrow(conflict);
    expect(() => find({ operands: [at('a.ts')], values: { ...values, callableObject: ['api'] } })).toThrow(
      conflict,
    );
  });

  test('is absolute, from the current directory', () => {
    expect(find({ operands: [path.relative(process.cwd(), at('a.ts'))] }).app?.entry).toBe(at('a.ts'));
  });

  test('carries the export and the mount point', () => {
    const values = { callableObject: ['web'], mountPoint: ['api/'] };
    expect(find({ operands: [at('a.ts')], values }).app).toMatchObject({
      callableObject: 'web',
      mountPoint: '/api',
    });
  });

  test('that is a directory is refused with what to do instead', () => {
    expect(() => find({ operands: [at('sub')] })).toThrow(
      expect.objectContaining({
        code: 'ERR_CLI_PATH',
        hint: expect.stringContaining('--application-type static'),
      }),
    );
  });

  test('with a line break in its name is refused', () => {
    expect(() => find({ operands: ['a\nb.ts'] })).toThrow(
      expect.objectContaining({ code: 'ERR_CLI_OPTION_VALUE' }),
    );
  });

  test('of type module is a specifier as it is, and needs a name', () => {
    const values = { applicationType: ['module'] };
    expect(find({ operands: ['@scope/app/server'], values }).app).toMatchObject({
      kind: 'module',
      entry: '@scope/app/server',
    });
    expect(() => find({ values })).toThrow(expect.objectContaining({ code: 'ERR_CLI_OPTION_CONFLICT' }));
  });

  test('of type static is no app, and its name is the document root', () => {
    const values = { applicationType: ['static'] };
    expect(find({ values })).toEqual({});
    expect(find({ values, operands: [at('sub')] })).toEqual({ documentRoot: at('sub') });
    expect(find({ values: { ...values, documentRoot: [at('sub')] }, operands: [at('sub')] })).toEqual({
      documentRoot: at('sub'),
    });
    expect(() => find({ values: { ...values, documentRoot: [directory] }, operands: [at('sub')] })).toThrow(
      expect.objectContaining({ code: 'ERR_CLI_OPTION_CONFLICT' }),
    );
    expect(() => find({ values, operands: [at('a.ts')] })).toThrow(
      expect.objectContaining({ code: 'ERR_CLI_PATH' }),
    );
  });
});
