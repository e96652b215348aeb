import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { isAtLeast, probeNode } from '../src/probe-node.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'probe-node-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** A program that is not Node. */
function program(name: string, script: string, mode = 0o755): string {
  const file = path.join(directory, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, mode);
  return file;
}

test('a Node tells its version', async () => {
  expect(await probeNode({ nodePath: process.execPath, options: [] })).toBe(process.versions.node);
});

test('options that Node knows are accepted, and what they load is not loaded', async () => {
  const options = ['--max-old-space-size=512', '--require=./no-such-file.js', '--conditions=x'];
  expect(await probeNode({ nodePath: process.execPath, options })).toBe(process.versions.node);
});

test('an option that Node does not know is reported in its words', async () => {
  await expect(
    probeNode({ nodePath: process.execPath, options: ['--no-such-option'] }),
  ).rejects.toMatchObject({
    code: 'ERR_CLI_NODE_OPTION',
    message: expect.stringMatching(/--node-option --no-such-option: Node .* refuses it: .*bad option/),
  });
});

describe('a program is refused', () => {
  test.each([
    ['is older than workers need', 'echo v20.18.3', /it is Node 20\.18\.3, expected 20\.19 or later/],
    ['is something else', 'echo deno 2.1.0', /does not answer --version as Node does: deno 2\.1\.0/],
    ['fails', 'echo no >&2; exit 3', /it failed with status 3: no/],
  ])('that %s', async (title, script, message) => {
    await expect(probeNode({ nodePath: program(title, script), options: [] })).rejects.toMatchObject({
      code: 'ERR_CLI_NODE_EXECUTABLE',
      message: expect.stringMatching(message),
    });
  });

  test.each([
    ['that does not exist', () => path.join(directory, 'nothing'), /ENOENT/],
    ['that is a directory', () => directory, /EACCES/],
    ['that may not be run', () => program('plain', 'true', 0o644), /EACCES/],
  ])('%s', async (_, file, message) => {
    await expect(probeNode({ nodePath: file(), options: [] })).rejects.toMatchObject({
      code: 'ERR_CLI_NODE_EXECUTABLE',
      message: expect.stringMatching(message),
    });
  });
});

test.each([
  ['22.18.0', true],
  ['22.17.9', false],
  ['24.0.0', true],
  ['20.19.5', false],
])('%s against 22.18: %s', (version, expected) => {
  expect(isAtLeast(version, [22, 18])).toBe(expected);
});
