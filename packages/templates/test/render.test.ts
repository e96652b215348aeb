import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from '@jest/globals';

import { render } from '../src/render.ts';
import { allStatic, debian } from './support/builds.ts';
import { exampleApp, exampleInput, exampleAcme, exampleTls } from './support/example-input.ts';

const conf = path.join(import.meta.dirname, '..', 'conf');

test('a server root has a configuration, a control script and variables, for their owner alone', () => {
  const files = render(exampleInput('/srv', debian)).map(({ path: name, mode, keep }) => [name, mode, keep]);

  expect(files).toEqual([
    ['httpd.conf', 0o600, undefined],
    ['apachectl', 0o700, undefined],
    ['envvars', 0o600, true],
    ['rewrite.conf', 0o600, true],
  ]);
});

test('a list of types is added where the system has none', () => {
  const types = render(exampleInput('/srv', allStatic)).find(({ path: name }) => name === 'mime.types');

  expect(types?.text).toMatch(/^text\/javascript js mjs$/m);
});

test('a value with a control character is refused, wherever it would land', () => {
  const changes = [
    { serverName: 'a\nb' },
    { serverRoot: '/a\rb' },
    { documentRoot: '/a\0b' },
    { listen: { host: 'a\nb', port: 1 } },
    { tls: { ...exampleTls('/srv'), pair: { certificateFile: '/a\nb', keyFile: '/k' } } },
    { tls: { ...exampleTls('/srv'), pair: { certificateFile: '/c', keyFile: '/a\nb' } } },
    { tls: { ...exampleTls('/srv'), chainFile: '/a\nb' } },
    { tls: { ...exampleTls('/srv'), cipherSuite: 'a\nb' } },
    { tls: { ...exampleTls('/srv'), protocols: ['TLSv1.3\nInclude /etc/passwd'] } },
    { tls: { ...exampleTls('/srv'), hstsPolicy: 'max-age=1\nb' } },
    { tls: { ...exampleTls('/srv'), clients: { caFile: '/a\nb', verifyDepth: 1, paths: [] } } },
    { tls: { ...exampleTls('/srv'), clients: { caFile: '/a', verifyDepth: 1, paths: ['/a\nb'] } } },
    { tls: { ...exampleTls('/srv'), names: ['a', 'b\nc'] } },
    { tls: { ...exampleTls('/srv'), acme: { ...exampleAcme('/srv'), domains: ['a\nb'] as const } } },
    { tls: { ...exampleTls('/srv'), acme: { ...exampleAcme('/srv'), contact: 'a\nb' } } },
    { tls: { ...exampleTls('/srv'), acme: { ...exampleAcme('/srv'), directoryUrl: 'a\nb' } } },
    { tls: { ...exampleTls('/srv'), acme: { ...exampleAcme('/srv'), storeDirectory: 'a\nb' } } },
    { hosts: { name: 'a\nb', aliases: [], allowLocalhost: false } },
    { hosts: { name: 'a', aliases: ['b" [L]'], allowLocalhost: false } },
    { runAs: { user: 'a\nb', group: 'b' } },
    { includeFiles: ['/a\nb'] },
    { urlAliases: [{ url: '/a\nb', path: '/c', kind: 'directory' as const }] },
    { app: { ...exampleApp('/srv'), setenv: [['A', 'b\nc'] as const] } },
    { app: { ...exampleApp('/srv'), mountPoint: '/a\nb' } },
    { app: { ...exampleApp('/srv'), socketPath: '/a\nb' } },
    { control: { nodePath: '/a\nb', cliPath: '', workingDirectory: '', locale: '' } },
  ];

  for (const change of changes) {
    expect(() => render(exampleInput('/srv', debian, change))).toThrow(
      expect.objectContaining({ code: 'ERR_TEMPLATES_UNUSABLE_VALUE' }),
    );
  }
});

test('a command line with a line break stays in its comment', () => {
  const generator = { name: 'express', version: '1', command: 'express a\nInclude /etc/passwd \\' };
  const [httpdConf] = render(exampleInput('/srv', debian, { generator }));

  expect(httpdConf?.text.split('\n')[1]).toBe('#   express a?Include /etc/passwd \\ ');
});

test('templates write nothing unquoted but numbers and words that context.ts chose', () => {
  const chosen = [
    'mpm',
    'name',
    'value',
    'serverBacklog',
    'listenPort',
    'socketTimeoutSeconds',
    'maxKeepAliveRequests',
    'limitRequestBody',
    'limitRequestFields',
    'limitRequestFieldSize',
    'limitRequestLine',
    'requestReadTimeout',
    'keepAliveTimeout',
    'logLevel',
    'privateNames',
    '../privateNames',
    'directoryOptions',
    '../directoryOptions',
    'accessLog.nickname',
    'allowOverride',
    '../allowOverride',
    'unlistedFiles',
    '../unlistedFiles',
    'unlistedDirectories',
    'status',
    'hashedNames',
    'extension',
    'compressedExtensions',
    'condition',
    '../compressedExtensions',
    '../../compressedExtensions',
    'pattern',
    'suffix',
    'coding',
    'fileFlag',
    '../fileFlag',
    'errorOverride',
    'clientCertificates.verify',
    'clientCertificates.verifyDepth',
    'entrance.hosts.name',
    'entrance.hosts.parent',
    'entrance.hosts.pattern',
    'entrance.httpsOnly.urlPort',
    'provider',
    'origin}}{{below',
    'below',
    'encoded',
    'this',
    '../proxies.timeoutSeconds',
    'tls.port',
    'tls.protocols',
    'tls.names.aliases',
    'acme.domains',
    'acme.httpPort',
    'acme.httpsPort',
    'acme.protocols',
  ];
  const unquoted = readdirSync(conf).flatMap((file) =>
    [...readFileSync(path.join(conf, file), 'utf8').matchAll(/\{\{(?!else)([^\s#/>}]\S*)\}\}/g)].map(
      ([, name]) => name,
    ),
  );

  expect([...new Set(unquoted)].sort()).toEqual(chosen.sort());
});
