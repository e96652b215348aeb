import path from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { requireDistinctLogs } from '../src/logs-plan.ts';
import { serverOptions } from '../src/options.ts';
import { type RawValues, resolveSettings } from '../src/settings.ts';

const check = (values: RawValues) => {
  requireDistinctLogs(resolveSettings(serverOptions, { values, env: {} }), '/root');
};
const conflict = (message: string) =>
  expect.objectContaining({ code: 'ERR_CLI_OPTION_CONFLICT', message: expect.stringContaining(message) });

describe('a log in the server root', () => {
  test.each([
    ...['envvars', 'httpd.conf', 'apachectl', 'rewrite.conf', 'json-log.sed', 'mime.types', 'settings.json'],
    ...['supervisor.pid', 'control.sock', 'run', 'htdocs', 'sockets', 'acme', 'self-signed.key'],
    ...['ENVVARS', 'httpd.conf.new'],
  ])('is not called %s, whichever log it is', (name) => {
    for (const key of ['errorLogName', 'accessLogName', 'startupLogName'])
      expect(() => {
        check({ [key]: [name] });
      }).toThrow(conflict(`-log-name ${name}: is the name of a file that the server root has itself`));
    expect(() => {
      check({ logDirectory: ['/root/'], accessLogName: [name] });
    }).toThrow(conflict(name));
    expect(() => {
      check({ serviceLogFile: [`a\0${path.join('/root', name)}`] });
    }).toThrow(conflict(`--service-log-file a /root/${name}: `));
  });

  test('has any other name', () => {
    check({ accessLogName: ['envvars.log'], serviceLogFile: ['a\0/root/worker.log'] });
  });
});

test('a log in a directory of its own has any name', () => {
  check({ logDirectory: ['/logs'], accessLogName: ['envvars'], serviceLogFile: ['a\0/logs/run'] });
});

describe('two logs', () => {
  test('have two names', () => {
    expect(() => {
      check({ errorLogName: ['x'], accessLogName: ['x'] });
    }).toThrow(conflict('--access-log-name x: is the file of --error-log-name, too'));
  });

  test.each([
    [{ errorLogName: ['log.1'], accessLogName: ['log'] }, '--error-log-name log.1'],
    [{ errorLogName: ['log'], accessLogName: ['log.12'] }, '--access-log-name log.12'],
  ])('are not rotated over each other: %j', (names, given) => {
    expect(() => {
      check({ ...names, rotateLogs: ['on'] });
    }).toThrow(conflict(`${given}: is what --rotate-logs calls an older file`));
    check(names);
  });
});
