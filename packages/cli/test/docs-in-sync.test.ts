import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, test } from '@jest/globals';
import { signalCommands } from '@httpd-express/supervisor';

import { shownDefault } from '../src/help.ts';
import * as optionSpec from '../src/option-spec.ts';
import * as options from '../src/options.ts';
import { exitStatuses } from '../src/report-error.ts';

interface CodedError {
  readonly code: string;
  readonly meaning: string;
  readonly hint: string;
}

interface Generator {
  readonly renderOptions: (cli: object) => string;
  readonly readErrors: () => readonly { readonly name: string; readonly errors: readonly CodedError[] }[];
  readonly parseErrors: (source: string) => readonly CodedError[];
  readonly renderErrors: (packages: unknown, exitStatuses: unknown) => string;
}

const root = path.resolve(import.meta.dirname, '../../..');
const generator = (await import(pathToFileURL(path.join(root, 'tools/generate-docs.mjs')).href)) as Generator;

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

describe('docs/options.md', () => {
  test('is what the option table says: run node tools/generate-docs.mjs after a build', () => {
    expect(read('docs/options.md')).toBe(
      generator.renderOptions({ ...options, ...optionSpec, shownDefault }),
    );
  });

  test('describes every flag, its variable and its alias', () => {
    const text = read('docs/options.md');
    for (const spec of Object.values(options.serverOptions)) {
      const { name, aliases } = optionSpec.parseFlags(spec);
      expect(text).toContain(`### \`--${name}`);
      expect(text).toContain(`\`${optionSpec.environmentName(spec)}\``);
      for (const alias of aliases) expect(text).toContain(`\`--${alias}\``);
    }
  });
});

describe('docs/errors.md', () => {
  test('is what the error classes say: run node tools/generate-docs.mjs after a build', () => {
    expect(read('docs/errors.md')).toBe(generator.renderErrors(generator.readErrors(), exitStatuses));
  });

  test('lists every code that an errors.ts contains', () => {
    const documented = generator.readErrors().flatMap(({ errors }) => errors.map(({ code }) => code));
    for (const { name } of generator.readErrors()) {
      const source = read(`packages/${name}/src/errors.ts`);
      for (const [, code] of source.matchAll(/code = '(ERR_\w+)'/g)) expect(documented).toContain(code);
    }
  });

  test('a code is given to one class only', () => {
    const codes = generator.readErrors().flatMap(({ errors }) => errors.map(({ code }) => code));
    expect(codes).toEqual([...new Set(codes)]);
  });

  test('an exit status belongs to a code that exists', () => {
    const codes = generator.readErrors().flatMap(({ errors }) => errors.map(({ code }) => code));
    expect(codes).toEqual(expect.arrayContaining(Object.keys(exitStatuses)));
  });

  test('a class without a doc comment is refused', () => {
    const source = "export class LostError extends Error {\n  readonly code = 'ERR_CLI_LOST';\n}\n";
    expect(() => generator.parseErrors(source)).toThrow('ERR_CLI_LOST has no doc comment');
  });
});

describe('docs/signals.md', () => {
  test('describes every signal that the supervisor acts on', () => {
    const [, table = ''] = /## To the supervisor\n([\s\S]*?)\n## /.exec(read('docs/signals.md')) ?? [];
    const described = Array.from(
      table.matchAll(/^\| ([^|]+) \|/gm),
      ([, cell = '']) => cell.match(/\b[A-Z]{3,}\d?/g) ?? [],
    );
    for (const signal of Object.keys(signalCommands))
      expect(described.flat()).toContain(signal.replace('SIG', ''));
  });
});
