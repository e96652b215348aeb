import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, expect, test } from '@jest/globals';

import { readWorkerEnvironment } from '../src/worker-environment.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'environment-'));
const launch = { nodeOptions: [], imports: [], envDefaults: {}, envFiles: [] };

afterAll(() => {
  rmSync(directory, { recursive: true });
});

function file(name: string, text: string): string {
  writeFileSync(path.join(directory, name), text);
  return path.join(directory, name);
}

test('a file fills what the environment leaves open, and never overrides it', () => {
  const envFiles = [file('a.env', `A=file\nB='two words' # comment\nexport C="one\ntwo"\nEMPTY=\n`)];
  expect(readWorkerEnvironment({ A: 'real' }, { ...launch, envFiles })).toEqual({
    A: 'real',
    B: 'two words',
    C: 'one\ntwo',
    EMPTY: '',
  });
});

test('of several files the last wins, and all win over the defaults', () => {
  const envFiles = [file('1.env', 'A=1\nB=1\n'), file('2.env', 'B=2\n')];
  const envDefaults = { A: 'default', NODE_ENV: 'production' };
  expect(readWorkerEnvironment({}, { ...launch, envDefaults, envFiles })).toEqual({
    A: '1',
    B: '2',
    NODE_ENV: 'production',
  });
});

test('an optional file is read where there is one', () => {
  expect(readWorkerEnvironment({}, { ...launch, optionalEnvFile: file('.env', 'A=1') })).toEqual({ A: '1' });
  expect(readWorkerEnvironment({}, { ...launch, optionalEnvFile: path.join(directory, 'none') })).toEqual({});
});

test('a directory in its place is something else', () => {
  mkdirSync(path.join(directory, 'venv'));
  const optionalEnvFile = path.join(directory, 'venv');
  expect(readWorkerEnvironment({}, { ...launch, optionalEnvFile })).toEqual({});
});

test('a file that was named and is missing is reported', () => {
  const envFiles = [path.join(directory, 'missing.env')];
  expect(() => readWorkerEnvironment({}, { ...launch, envFiles })).toThrow(
    expect.objectContaining({ code: 'ERR_BRIDGE_ENV_FILE', message: expect.stringContaining('ENOENT') }),
  );
});

test('what no environment can hold is reported', () => {
  const envFiles = [file('nul.env', 'A=1\nB=1\0C\n')];
  expect(() => readWorkerEnvironment({}, { ...launch, envFiles })).toThrow(
    expect.objectContaining({ code: 'ERR_BRIDGE_ENV_FILE', message: expect.stringContaining('B has a NUL') }),
  );
});

test('the channel between Node and its child is not for the app to name', () => {
  const envFiles = [file('channel.env', 'NODE_CHANNEL_FD=9\nNODE_UNIQUE_ID=1\nNODE_ENV=test\n')];
  expect(readWorkerEnvironment({ NODE_CHANNEL_SERIALIZATION_MODE: 'x' }, { ...launch, envFiles })).toEqual({
    NODE_ENV: 'test',
  });
});
