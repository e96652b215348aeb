import { describe, expect, test } from '@jest/globals';

import { createContext } from '../src/context.ts';
import type { TemplateInput } from '../src/input.ts';
import { allStatic, debian, staticMpm } from './support/builds.ts';
import { exampleApp, exampleInput, filesInput } from './support/example-input.ts';

const contextOf = (changes: Partial<TemplateInput> = {}) =>
  createContext(exampleInput('/srv', debian, changes));
const contextWithApp = (changes: Partial<TemplateInput['app']>) =>
  contextOf({ app: { ...exampleApp('/srv'), ...changes } });
const failure = (code: string) => expect.objectContaining({ code });
const namesOf = (context: ReturnType<typeof createContext>) => context.modules.map(({ name }) => name);

describe('the MPM', () => {
  test('is the one the build prefers', () => {
    expect(contextOf().mpm).toBe('event');
  });

  test('is the one asked for', () => {
    expect(namesOf(contextOf({ mpm: 'prefork' }))[0]).toBe('mpm_prefork_module');
  });

  test('is not loaded when it is compiled in', () => {
    const context = createContext(exampleInput('/srv', staticMpm));

    expect(context.mpm).toBe('worker');
    expect(namesOf(context).filter((name) => name.startsWith('mpm_'))).toEqual([]);
  });

  test.each([
    [
      'one the build does not have',
      () => contextOf({ build: { ...debian, mpms: ['event'] }, mpm: 'worker' }),
    ],
    ['another than the one compiled in', () => contextOf({ build: staticMpm, mpm: 'event' })],
    ['any, of a build that has none', () => contextOf({ build: { ...debian, mpms: [] } })],
  ])('cannot be %s', (_, act) => {
    expect(act).toThrow(failure('ERR_TEMPLATES_MPM_MISSING'));
  });

  test('has room for processes that are still finishing after a graceful restart', () => {
    const value = (name: string) =>
      contextOf().mpmDirectives.find((directive) => directive.name === name)?.value ?? 0;

    expect(value('ServerLimit') - value('MaxRequestWorkers') / value('ThreadsPerChild')).toBe(16);
  });
});

describe('WebSockets', () => {
  test.each([
    ['2.4.71', true],
    ['2.4.47', true],
    ['2.4.46', false],
  ])('are for httpd 2.4.47 and later: %s', (version, has) => {
    expect(contextOf({ build: { ...debian, version } }).hasUpgrades).toBe(has);
  });

  test('are the app’s: files alone have none', () => {
    expect(createContext(filesInput('/srv', debian)).hasUpgrades).toBe(false);
  });
});

describe('modules', () => {
  test('a build with everything compiled in loads none', () => {
    expect(createContext(exampleInput('/srv', allStatic)).modules).toEqual([]);
  });

  test('missing ones are reported together', () => {
    const build = {
      ...debian,
      sharedModules: ['mpm_event', 'mime', 'rewrite', 'authz_core', 'reqtimeout', 'env'],
    };

    expect(() => contextOf({ build })).toThrow(
      expect.objectContaining({
        code: 'ERR_TEMPLATES_MODULE_MISSING',
        modules: ['headers', 'proxy', 'proxy_fcgi', 'proxy_http'],
      }),
    );
  });

  test('a build that names module files but no directory for them is refused', () => {
    const staticModules = allStatic.staticModules.filter((name) => name !== 'env');
    const build = { ...allStatic, staticModules, sharedModules: ['env'] };

    expect(() => contextOf({ build })).toThrow(failure('ERR_TEMPLATES_MODULE_MISSING'));
  });

  test('an httpd too old for an app still serves files', () => {
    const build = { ...debian, version: '2.4.6' };

    expect(() => contextOf({ build })).toThrow(failure('ERR_TEMPLATES_HTTPD_TOO_OLD'));
    expect(createContext(filesInput('/srv', build)).app).toBeNull();
  });
});

describe('addresses', () => {
  test.each([
    [{ port: 80 }, '80'],
    [{ host: '127.0.0.1', port: 80 }, '127.0.0.1:80'],
    [{ host: '::1', port: 80 }, '[::1]:80'],
    [{ host: 'fe80::1%eth0', port: 80 }, '[fe80::1%eth0]:80'],
    [{ host: 'localhost', port: 80 }, 'localhost:80'],
  ])('%j is listened to as %s', (listen, text) => {
    expect(contextOf({ listen }).listen).toBe(text);
  });
});

describe('aliases', () => {
  const alias = (url: string) => ({ url, path: '/x', kind: 'directory' as const });

  test('the longest URL comes first, however they were given', () => {
    const urls = ['/a', '/a/b/c', '/b', '/a/b'];
    const orders = [urls, [...urls].reverse()].map((order) =>
      contextOf({ urlAliases: order.map(alias) }).urlAliases.map(({ url }) => url),
    );

    expect(orders).toEqual([
      ['/a/b/c', '/a/b', '/a', '/b'],
      ['/a/b/c', '/a/b', '/a', '/b'],
    ]);
  });

  test.each([
    ['/static/', '/static', '/x'],
    ['static', '/static', '/x'],
    ['//a//b//', '/a/b', '/x'],
    ['/', '/', '/x/'],
  ])('%s is the URL %s and the target %s', (given, url, target) => {
    expect(contextOf({ urlAliases: [alias(given)] }).urlAliases).toMatchObject([{ url, target }]);
  });
});

describe('values that cannot be used', () => {
  test.each([
    ['a relative socket path', () => contextWithApp({ socketPath: 'app.sock' })],
    ['a socket path longer than mod_proxy keeps', () => contextWithApp({ socketPath: `/${'a'.repeat(95)}` })],
    ['a socket path of too many bytes', () => contextWithApp({ socketPath: `/${'ä'.repeat(48)}` })],
    ['a socket path with a question mark', () => contextWithApp({ socketPath: '/a?b' })],
    ['a socket path with a hash', () => contextWithApp({ socketPath: '/a#b' })],
    ['a socket path with a bar', () => contextWithApp({ socketPath: '/a|b' })],
    ['a socket path with an angle bracket', () => contextWithApp({ socketPath: '/a>b' })],
    ['a variable name with a space', () => contextWithApp({ setenv: [['A B', '']] })],
    ['a variable name with a dash first', () => contextWithApp({ setenv: [['-A', '']] })],
    ['an empty variable name', () => contextWithApp({ setenv: [['', '']] })],
    [
      'a log level with a second line',
      () => contextOf({ logs: { ...logs, level: 'warn\nInclude /etc/passwd' } }),
    ],
    ['a log level with a quote', () => contextOf({ logs: { ...logs, level: '"' } })],
    ['an empty log level', () => contextOf({ logs: { ...logs, level: '' } })],
    ['a directory index in another directory', () => contextOf({ directoryIndex: 'a/b' })],
    ['a directory index with a backslash', () => contextOf({ directoryIndex: 'a\\' })],
    ...['cost $1', '%{HTTP_HOST}', 'x'.repeat(256)].map(
      (realm) =>
        [
          `the realm ${realm.slice(0, 20)}`,
          () => contextOf({ access: { kind: 'file', realm, userFile: '/users' } }),
        ] as const,
    ),
    ['a directory index that means none', () => contextOf({ directoryIndex: 'Disabled' })],
    ['a directory index that is a directory', () => contextOf({ directoryIndex: '..' })],
    ['an empty directory index', () => contextOf({ directoryIndex: '' })],
  ])('%s', (_, act) => {
    expect(act).toThrow(failure('ERR_TEMPLATES_UNUSABLE_VALUE'));
  });

  test('a socket path of exactly 95 bytes is used', () => {
    expect(contextWithApp({ socketPath: `/${'a'.repeat(94)}` }).app?.workerUrl).toContain('aaa|fcgi://app/');
  });
});

const { logs } = exampleInput('/srv', debian);
