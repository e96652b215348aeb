import { describe, expect, test } from '@jest/globals';

import { type ServerFacts } from '../src/server-facts.ts';
import { publicUrl, toBannerInput, toSupervisorSettings, toTemplateInput } from '../src/server-plan.ts';
import { type RawValues } from '../src/settings.ts';
import { facts } from './support/facts.ts';

const accounts = {
  app: { user: 'alice', uid: 1000, gid: 1000, home: '/home/alice' },
  httpd: { user: 'www-data', group: 'www-data', uid: 33, gid: 33 },
};

describe('the public URL', () => {
  test.each([
    [{}, 'http://localhost:8000/'],
    [{ port: ['80'] }, 'http://localhost/'],
    [{ host: ['0.0.0.0'] }, 'http://localhost:8000/'],
    [{ host: ['::'] }, 'http://localhost:8000/'],
    [{ host: ['[::1]'] }, 'http://[::1]:8000/'],
    [{ host: ['10.0.0.1'], port: ['81'] }, 'http://10.0.0.1:81/'],
  ])('of %j is %s', (values: RawValues, url) => {
    expect(publicUrl(facts(values).settings)).toBe(url);
  });
});

describe('the bridge', () => {
  const bridgeOf = (values?: RawValues, others?: Partial<ServerFacts>) =>
    toSupervisorSettings(facts(values, others), '').bridge;

  test('is not started for files alone', () => {
    expect(bridgeOf({}, { found: {} })).toBeUndefined();
    expect(toTemplateInput(facts({}, { found: {} })).app).toBeUndefined();
  });

  test('shows httpd a sign of life well before httpd gives up', () => {
    for (const socketTimeout of ['1', '2.5', '60', '600']) {
      const values = { socketTimeoutMs: [socketTimeout] };
      const intervalMs = bridgeOf(values)?.keepAliveIntervalMs ?? 0;
      const timeoutMs = toTemplateInput(facts(values)).socketTimeoutSeconds * 1000;
      expect(intervalMs).toBeGreaterThan(0);
      expect(intervalMs).toBeLessThanOrEqual(timeoutMs / 3);
    }
  });

  test('takes every limit in milliseconds and bytes', () => {
    const values = {
      requestTimeoutMs: ['500ms'],
      queueTimeoutMs: ['2m'],
      memoryLimitBytes: ['1GB'],
      daemonBacklog: ['7'],
      processes: ['3'],
      concurrency: ['9'],
    };
    expect(bridgeOf(values)).toMatchObject({
      requestTimeoutMs: 500,
      queueTimeoutMs: 120_000,
      recycling: { memoryLimitBytes: 2 ** 30, maximumRequests: 0 },
      maxQueueLength: 7,
      processes: 3,
      concurrency: 9,
    });
  });

  test('opens its socket to a group only when httpd has another account', () => {
    expect(bridgeOf()).toMatchObject({ socketMode: 0o600 });
    expect(bridgeOf({}, { accounts })).toMatchObject({ socketMode: 0o660, identity: accounts.app });
    expect(bridgeOf({}, { accounts: { ...accounts, app: { ...accounts.app, uid: 33 } } })).toMatchObject({
      socketMode: 0o600,
    });
  });
});

describe('logs', () => {
  const terminal = { logToTerminal: ['on'], accessLog: ['on'] };

  test('are files in the server root, and shared with the supervisor', () => {
    expect(toTemplateInput(facts()).logs).toEqual({
      level: 'warn',
      error: { kind: 'file', path: '/root/error_log' },
    });
    expect(toSupervisorSettings(facts(), '').errorLogPath).toBe('/root/error_log');
  });

  test('go to the terminal when that is asked for, openable or not', () => {
    const logs = toTemplateInput(facts(terminal, { isOpenable: (stream) => stream === 'stdout' })).logs;
    expect(logs.error).toEqual({ kind: 'terminal', stream: 'stderr', openable: false });
    expect(logs.access).toEqual({ kind: 'terminal', stream: 'stdout', openable: true });
    expect(toSupervisorSettings(facts(terminal), '').errorLogPath).toBeUndefined();
    expect(toBannerInput(facts(terminal))).toMatchObject({
      errorLog: '/dev/stderr',
      accessLog: '/dev/stdout',
    });
  });

  test('go to a log directory even when the terminal is asked for', () => {
    const { error, access } = toTemplateInput(facts({ ...terminal, logDirectory: ['/logs'] })).logs;
    expect(error).toEqual({ kind: 'file', path: '/logs/error_log' });
    expect(access).toEqual({ kind: 'file', path: '/logs/access_log' });
  });
});

describe('the templates', () => {
  test('are told of accounts only when started as root', () => {
    expect(toTemplateInput(facts()).runAs).toBeUndefined();
    expect(toTemplateInput(facts({}, { accounts })).runAs).toEqual({ user: 'www-data', group: 'www-data' });
  });

  test('serve the named directory, the one in place of an app, or the one in the server root', () => {
    expect(toTemplateInput(facts()).documentRoot).toBe('/root/htdocs');
    expect(toTemplateInput(facts({ documentRoot: ['/d'] })).documentRoot).toBe('/d');
    expect(toTemplateInput(facts({}, { found: { documentRoot: '/e' } })).documentRoot).toBe('/e');
  });

  test('round the socket timeout up to whole seconds', () => {
    expect(toTemplateInput(facts({ socketTimeoutMs: ['2.1'] })).socketTimeoutSeconds).toBe(3);
  });
});

test('a service in TypeScript keeps nothing in a directory that others may have made, and others are let be', () => {
  const services = [
    { name: 'compiled', file: '/a.ts', loaderUrl: 'file:///tsx' },
    { name: 'plain', file: '/b.mjs' },
  ];
  const [compiled, plain] = toSupervisorSettings(facts({}, { services }), '').services ?? [];
  expect(compiled?.env).toHaveProperty('TSX_DISABLE_CACHE', '1');
  expect(plain?.env).not.toHaveProperty('TSX_DISABLE_CACHE');
});

describe('the banner', () => {
  test('names the clients httpd serves on either kind of MPM', () => {
    expect(toBannerInput(facts()).capacity).toEqual({ threaded: 400, prefork: 160 });
  });

  test('names both accounts when started as root, and httpd alone for files', () => {
    expect(toBannerInput(facts()).accounts).toBeUndefined();
    expect(toBannerInput(facts({}, { accounts })).accounts).toEqual({ app: 'alice', httpd: 'www-data' });
    expect(toBannerInput(facts({}, { accounts, found: {} })).accounts).toEqual({ httpd: 'www-data' });
  });
});
