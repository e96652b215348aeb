import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, expect, test } from '@jest/globals';

import { readAppEnvironment } from '../src/app-environment.ts';
import { createTemporaryDirectory } from './support.ts';

const env = { PATH: process.env['PATH'] ?? '', HOME: '/home/app', PWD: '/srv', LANG: 'C.UTF-8' };
let envvars: string;

beforeEach(() => {
  envvars = join(createTemporaryDirectory(), 'envvars');
});

function write(text: string, mode = 0o600): void {
  writeFileSync(envvars, text);
  chmodSync(envvars, mode);
}

test('what envvars exports reaches the app, and nothing else changes', async () => {
  write("TZ=UTC; export TZ\nlocal=no\nexport LINES='a=b\n c'\nexport PATH=$PATH:/more\n");
  expect(await readAppEnvironment(envvars, env)).toEqual({
    ...env,
    ...{ TZ: 'UTC', LINES: 'a=b\n c', PATH: `${env.PATH}:/more` },
  });
});

test('a variable that envvars takes away is gone', async () => {
  write('unset HOME');
  expect(await readAppEnvironment(envvars, env)).not.toHaveProperty('HOME');
});

test('what envvars prints is not taken for a variable', async () => {
  write('echo A=1\necho B=2 >&2\nexport C=3');
  expect(await readAppEnvironment(envvars, env)).toEqual({ ...env, C: '3' });
});

test.each([
  ['is missing', () => undefined],
  [
    'has comments only',
    () => {
      write('# export A=1\n\n  # export B=2\n');
    },
  ],
  [
    'others can write to',
    () => {
      write('export A=1', 0o602);
    },
  ],
  [
    'is a symbolic link',
    () => {
      writeFileSync(`${envvars}.real`, 'export A=1');
      symlinkSync(`${envvars}.real`, envvars);
    },
  ],
])('an envvars file that %s changes nothing', async (_, arrange) => {
  arrange();
  expect(await readAppEnvironment(envvars, env)).toBe(env);
});

test.each([
  ['a syntax error', 'if then', /syntax error/i],
  ['an exit', 'echo no database configured; exit 0', /no database configured/],
])('an envvars file with %s is reported with what it said', async (_, text, said) => {
  write(text);
  await expect(readAppEnvironment(envvars, env)).rejects.toMatchObject({
    code: 'ERR_SUPERVISOR_ENVVARS',
    message: expect.stringMatching(said) as unknown,
  });
});
