import { describe, expect, test } from '@jest/globals';

import {
  allFeatures,
  baseModules,
  featuresOf,
  isOlder,
  minimumVersion,
  requiredModules,
} from '../src/requirements.ts';
import { debian } from './support/builds.ts';
import { exampleInput, exampleAcme, exampleTls, filesInput } from './support/example-input.ts';

const plain = exampleInput('/srv', debian);

describe('the features of settings', () => {
  test('an app alone needs no aliases, index, status or access log', () => {
    expect(featuresOf(plain)).toEqual(['base', 'app']);
  });

  test('files alone need no proxy', () => {
    expect(requiredModules(featuresOf(filesInput('/srv', debian)))).toEqual(baseModules);
  });

  test('everything at once is every feature', () => {
    const full = exampleInput('/srv', debian, {
      urlAliases: [{ url: '/a', path: '/a', kind: 'file' }],
      directoryIndex: 'index.html',
      files: { ...plain.files, directoryListing: true, precompressed: true, errorOverride: true },
      serverStatus: true,
      logs: { ...plain.logs, access: plain.logs.error },
      http2: true,
      withCgi: true,
      proxies: { mounts: [], hosts: [], caFile: '/ca.pem' },
      compressResponses: true,
      tls: { ...exampleTls('/srv'), hstsPolicy: 'max-age=1', acme: exampleAcme('/srv') },
      access: { kind: 'file', realm: 'r', userFile: '/users' },
    });

    const scripts = { kind: 'scripts', socketPath: '/s', asksForPasswords: true } as const;
    const used = new Set([...featuresOf(full), ...featuresOf({ ...full, access: scripts })]);

    expect([...used].sort()).toEqual([...allFeatures].sort());
  });
});

describe('required modules', () => {
  test('the base is always among them', () => {
    expect(requiredModules([])).toEqual(baseModules);
  });

  test('proxy is loaded before proxy_fcgi', () => {
    const modules = requiredModules(allFeatures);

    expect(modules.indexOf('proxy')).toBeLessThan(modules.indexOf('proxy_fcgi'));
  });

  test('no module is named twice', () => {
    const modules = requiredModules(allFeatures);

    expect(new Set(modules).size).toBe(modules.length);
  });
});

describe('versions', () => {
  test('an app needs a newer httpd than files', () => {
    expect([minimumVersion(['base']), minimumVersion(['base', 'app'])]).toEqual(['2.4.2', '2.4.31']);
  });

  test.each([
    ['2.4.9', '2.4.31', true],
    ['2.2.34', '2.4.2', true],
    ['2.4', '2.4.2', true],
    ['2.4.31', '2.4.31', false],
    ['2.4.71', '2.4.31', false],
    ['2.6.0', '2.4.31', false],
    ['3.0', '2.4.31', false],
  ])('%s older than %s: %s', (a, b, older) => {
    expect(isOlder(a, b)).toBe(older);
  });
});
