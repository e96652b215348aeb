import { describe, expect, test } from '@jest/globals';

import { serverOptions } from '../src/options.ts';
import { type RawValues, resolveSettings } from '../src/settings.ts';

function resolve(values: RawValues = {}, env: NodeJS.ProcessEnv = {}) {
  return resolveSettings(serverOptions, { values, env });
}

describe('settings', () => {
  test('are the documented defaults when nothing is said', () => {
    expect(resolve().settings).toMatchObject({
      applicationType: 'script',
      port: 8000,
      processes: 1,
      concurrency: 100,
      daemonBacklog: 100,
      serverBacklog: 500,
      limitRequestBodyBytes: 10_485_760,
      requestTimeoutMs: 60_000,
      queueTimeoutMs: 45_000,
      startupTimeoutMs: 15_000,
      shutdownTimeoutMs: 5000,
      logLevel: 'warn',
      urlAlias: [],
      accessLog: false,
      host: undefined,
    });
  });

  test('come from the command line before the environment before the default, and say so', () => {
    const fromEnv = resolve({}, { EXPRESS_PORT: '81' });
    const fromArgv = resolve({ port: ['82'] }, { EXPRESS_PORT: '81' });
    expect([resolve().settings.port, fromEnv.settings.port, fromArgv.settings.port]).toEqual([8000, 81, 82]);
    expect(resolve().sources.port).toEqual({ kind: 'default', name: '--port' });
    expect(fromEnv.sources.port).toEqual({ kind: 'environment', name: 'EXPRESS_PORT' });
    expect(fromArgv.sources.port).toEqual({ kind: 'argv', name: '--port' });
  });

  test('take the port from PORT only when neither option nor variable is given', () => {
    expect(resolve({}, { PORT: '83' }).settings.port).toBe(83);
    expect(resolve({}, { PORT: '83', EXPRESS_PORT: '81' }).settings.port).toBe(81);
    expect(resolve({ port: ['82'] }, { PORT: '83' }).settings.port).toBe(82);
    expect(resolve({}, { PORT: '' }).settings.port).toBe(8000);
  });

  test('are not judged by a variable that the command line overrides', () => {
    expect(resolve({ port: ['82'] }, { EXPRESS_PORT: 'x' }).settings.port).toBe(82);
  });

  test('can switch off on the command line what a variable switched on', () => {
    expect(resolve({}, { EXPRESS_ACCESS_LOG: 'yes' }).settings.accessLog).toBe(true);
    expect(resolve({ accessLog: ['off'] }, { EXPRESS_ACCESS_LOG: 'yes' }).settings.accessLog).toBe(false);
  });

  test('read one value per line from the variable of an option that repeats, split at the first equals sign', () => {
    const env = { EXPRESS_SETENV: 'A=1=2\nB=\n', EXPRESS_INCLUDE_FILE: '/a b\n/c' };
    const { setenv, includeFile } = resolve({}, env).settings;
    expect(setenv).toEqual([
      ['A', '1=2'],
      ['B', ''],
    ]);
    expect(includeFile).toEqual(['/a b', '/c']);
  });

  test('take repeated options from the command line alone when it has any', () => {
    expect(resolve({ setenv: ['C\x003'] }, { EXPRESS_SETENV: 'A=1' }).settings.setenv).toEqual([['C', '3']]);
  });

  test.each([
    [
      'an option that takes effect once is given twice',
      { port: ['1', '2'] },
      {},
      'ERR_CLI_OPTION_REPEATED',
      '--port may be given once, but was given 2 times: 1, 2',
    ],
    [
      'a switch is given twice',
      { accessLog: ['on', 'off'] },
      {},
      'ERR_CLI_OPTION_REPEATED',
      '--access-log may be given once',
    ],
    [
      'a value is out of range',
      { port: ['0'] },
      {},
      'ERR_CLI_OPTION_VALUE',
      '--port 0: expected a whole number from 1 to 65535',
    ],
    [
      'a variable is out of range',
      {},
      { EXPRESS_PORT: '0' },
      'ERR_CLI_OPTION_VALUE',
      'EXPRESS_PORT=0: expected a whole number',
    ],
    ['PORT is no number', {}, { PORT: 'http' }, 'ERR_CLI_OPTION_VALUE', 'PORT=http: expected a whole number'],
    [
      'a value has a line break',
      { processGroup: ['a\nUser root'] },
      {},
      'ERR_CLI_OPTION_VALUE',
      '--process-group "a\\nUser root": expected a value without line breaks',
    ],
    [
      'half of a pair is wrong',
      { setenv: ['1A\0x'] },
      {},
      'ERR_CLI_OPTION_VALUE',
      '--setenv 1A ***: expected a variable name',
    ],
    [
      'the name of a secret is wrong in a variable',
      {},
      { EXPRESS_ENV: 'DB-PASSWORD=hunter2' },
      'ERR_CLI_OPTION_VALUE',
      'EXPRESS_ENV=DB-PASSWORD=***: expected a variable name',
    ],
    [
      'a variable has half a secret',
      {},
      { EXPRESS_ENV: 'hunter2' },
      'ERR_CLI_OPTION_VALUE',
      'EXPRESS_ENV=***: expected two values',
    ],
    [
      'a secret has a line break',
      { setenv: ['X\0hunter2\n'] },
      {},
      'ERR_CLI_OPTION_VALUE',
      '--setenv X ***: expected a value without line breaks',
    ],
    [
      'a variable has half a pair',
      {},
      { EXPRESS_URL_ALIAS: '/static' },
      'ERR_CLI_OPTION_VALUE',
      'EXPRESS_URL_ALIAS=/static: expected two values with = between them',
    ],
    [
      'a value is empty',
      { documentRoot: [''] },
      {},
      'ERR_CLI_OPTION_VALUE',
      '--document-root "": expected a value that is not empty',
    ],
  ])('are refused when %s', (_title, values: RawValues, env: NodeJS.ProcessEnv, code, message) => {
    expect(() => resolve(values, env)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});
