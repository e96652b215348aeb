import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import type { TemplateInput } from '../src/input.ts';
import { render } from '../src/render.ts';
import { cases } from './support/cases.ts';
import { debian, privateBuild } from './support/builds.ts';
import { exampleInput } from './support/example-input.ts';
import { describeWithHttpd } from './support/local-httpd.ts';
import { writeServerRoot } from './support/server-root.ts';

const goldenDirectory = path.join(import.meta.dirname, 'golden');

/** Compares with the file; `UPDATE_GOLDEN=1` writes it instead. */
function expectGolden(name: string, text: string): void {
  const file = path.join(goldenDirectory, name);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

const textOf = (input: TemplateInput, file: string): string =>
  render(input).find(({ path: name }) => name === file)?.text ?? `no ${file} was rendered`;

test.each(Object.entries(cases))('httpd.conf of %s is the golden one', (name, input) => {
  expectGolden(`${name}.conf`, textOf(input('/srv/express'), 'httpd.conf'));
});

const controlCases: [string, TemplateInput][] = [
  ['apachectl', exampleInput('/srv/express', debian)],
  ['apachectl-private-build', exampleInput("/srv/it's", privateBuild)],
];

test.each(controlCases)('%s is the golden one', (name, input) => {
  expectGolden(`${name}.sh`, textOf(input, 'apachectl'));
});

describeWithHttpd('the httpd here', (build) => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(path.join(tmpdir(), 'templates-golden-'));
  });
  afterAll(() => {
    rmSync(root, { recursive: true });
  });

  // The settings of every case, on this build: what a build is made of differs, what the settings lead to does not.
  const suitable = Object.entries(cases).filter(
    ([name, input]) =>
      build.mpms.includes(input(root).mpm ?? 'event') &&
      // Left out of builds that are made for us: it brings libraries of its own.
      (name !== 'acme' || build.sharedModules.includes('md')),
  );

  test.each(suitable)('accepts the httpd.conf of %s', (name, input) => {
    const settings = { ...input(path.join(root, name)), build };
    const conf = writeServerRoot(settings);

    expect(execFileSync(build.realPath, ['-t', '-f', conf], { encoding: 'utf8', stdio: 'pipe' })).toBe('');
  });
});

test('every golden file belongs to a case', () => {
  const names = [
    ...Object.keys(cases).map((name) => `${name}.conf`),
    ...controlCases.map(([name]) => `${name}.sh`),
  ];

  expect(readdirSync(goldenDirectory).sort()).toEqual(names.sort());
});
