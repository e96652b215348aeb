import { describe, expect, test } from '@jest/globals';

import { chooseLocale, localeName } from '../src/locale.ts';
import { workerEnvironment } from '../src/worker-environment.ts';

const base = { port: 8000, locale: 'C.UTF-8', setenv: [], variables: [] };

describe('the environment of the workers', () => {
  test('is ours, with the public port, the locale and the mark of express', () => {
    expect(workerEnvironment({ ...base, env: { PATH: '/bin', PORT: '1', LANG: 'C' } })).toEqual({
      PATH: '/bin',
      PORT: '8000',
      EXPRESS_SERVER: '1',
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
    });
  });

  test('lets --env win over --setenv, with values of several lines', () => {
    expect(
      workerEnvironment({ ...base, env: { A: '1' }, setenv: [['A', '2']], variables: [['A', '3\n4']] }),
    ).toMatchObject({ A: '3\n4' });
  });

  test('lets --setenv win over what is inherited', () => {
    expect(
      workerEnvironment({
        ...base,
        env: { A: '1' },
        setenv: [
          ['A', '2'],
          ['NODE_ENV', 'test'],
        ],
      }),
    ).toMatchObject({ A: '2', NODE_ENV: 'test' });
  });

  test('does not pass on our own IPC channel', () => {
    expect(workerEnvironment({ ...base, env: { NODE_CHANNEL_FD: '3' } })).not.toHaveProperty(
      'NODE_CHANNEL_FD',
    );
  });

  test('speaks of the account the app runs as, not of the one that started it', () => {
    const env = {
      HOME: '/root',
      USER: 'root',
      LOGNAME: 'root',
      SUDO_USER: 'alice',
      XDG_RUNTIME_DIR: '/run/user/0',
    };
    const result = workerEnvironment({ ...base, env, account: { user: 'bob', home: '/home/bob' } });
    expect(result).toMatchObject({ HOME: '/home/bob', USER: 'bob', LOGNAME: 'bob' });
    expect(result).not.toHaveProperty('SUDO_USER');
    expect(result).not.toHaveProperty('XDG_RUNTIME_DIR');
    expect(workerEnvironment({ ...base, env })).toMatchObject(env);
  });
});

describe('the locale', () => {
  test.each([
    [{ LC_ALL: 'de_DE.UTF-8', LANG: 'C' }, 'linux', 'de_DE.UTF-8'],
    [{ LC_ALL: '', LANG: 'en_AU.UTF-8' }, 'linux', 'en_AU.UTF-8'],
    [{ LANG: 'C' }, 'linux', 'C.UTF-8'],
    [{ LC_ALL: 'POSIX', LANG: 'en_AU.UTF-8' }, 'linux', 'C.UTF-8'],
    [{}, 'darwin', 'en_US.UTF-8'],
    [{ LANG: 'x\nUser root' }, 'linux', 'C.UTF-8'],
    [{ LANG: '../odd' }, 'linux', 'C.UTF-8'],
    [{ LC_ALL: 'x'.repeat(65), LANG: 'en_AU.UTF-8' }, 'linux', 'C.UTF-8'],
  ] as const)('of %j on %s is %s', (env, platform, locale) => {
    expect(chooseLocale(env, platform)).toBe(locale);
  });

  test.each(['en_AU.UTF-8', 'C', 'sr_RS.UTF-8@latin'])('may be %s', (name) => {
    expect(localeName(name)).toBe(name);
  });

  test.each(['', 'a b', '../x', 'x'.repeat(65)])('may not be %j', (name) => {
    expect(() => localeName(name)).toThrow(RangeError);
  });
});
