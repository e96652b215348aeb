import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, expect, test } from '@jest/globals';

import { requireImport } from '../src/import-specifier.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'import-'));
const file = path.join(directory, 'set up.ts');
writeFileSync(file, '');

afterAll(() => {
  rmSync(directory, { recursive: true });
});

test.each([file, `./${path.relative(process.cwd(), file)}`, path.relative(process.cwd(), file)])(
  'the file %s is imported by its URL',
  (raw) => {
    expect(requireImport('--import', raw)).toEqual({ specifier: pathToFileURL(file).href, file });
  },
);

test.each(['@scope/package/register.mjs', 'dd-trace/initialize.mjs', 'package'])(
  'the package %s is imported by its name',
  (raw) => {
    expect(requireImport('--import', raw)).toEqual({ specifier: raw });
  },
);

test.each(['./missing.ts', '/nowhere/a.js', '../missing', directory, 'x'.repeat(300)])(
  '%s is refused',
  (raw) => {
    expect(() => requireImport('--import', raw)).toThrow(expect.objectContaining({ code: 'ERR_CLI_PATH' }));
  },
);
