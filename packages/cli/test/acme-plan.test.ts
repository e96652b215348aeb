import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { requireCompanions } from '../src/companions.ts';
import { serverOptions } from '../src/options.ts';
import { type RawValues, resolveSettings } from '../src/settings.ts';
import { planTls } from '../src/tls-plan.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'acme-plan-'));
const place = (name: string): string => path.join(directory, name);

beforeAll(() => {
  for (const name of ['store', 'foreign', 'open']) mkdirSync(place(name));
  writeFileSync(path.join(place('store'), 'md_store.json'), '{}');
  writeFileSync(path.join(place('foreign'), 'photos'), '');
  chmodSync(place('open'), 0o777);
  symlinkSync(place('store'), place('link'));
  writeFileSync(place('file'), '');
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

const complete: RawValues = {
  port: ['80'],
  httpsPort: ['443'],
  serverRoot: [place('root')],
  acme: ['www.example.com', 'example.com'],
  acmeContact: ['admin@example.com'],
  acmeAgree: ['on'],
};

function plan(values: RawValues = {}) {
  const resolved = resolveSettings(serverOptions, { values: { ...complete, ...values }, env: {} });
  requireCompanions(resolved);
  return planTls(resolved, place('root'));
}

describe('--acme', () => {
  test('is one certificate for all its names, kept in the server root', () => {
    const { tls, warnings } = plan() ?? {};

    expect(tls?.acme).toEqual({
      domains: ['www.example.com', 'example.com'],
      contact: 'admin@example.com',
      directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory',
      storeDirectory: place('root/acme'),
    });
    expect([tls?.pair, tls?.names, warnings]).toEqual([undefined, ['www.example.com', 'example.com'], []]);
  });

  test('takes a store that mod_md has made', () => {
    expect(plan({ acmeStore: [place('store')] })?.tls.acme?.storeDirectory).toBe(place('store'));
  });

  test.each<[string, RawValues, string]>([
    ['names that it is not for', { serverName: ['www.example.org'] }, 'will not be for www.example.org'],
    ['the name that is redirected', { serverName: ['www.example.org'] }, 'will not be for example.org'],
    ['other ports', { port: ['8000'] }, 'must lead to 8000 and 443'],
    ['a place that does not last', { serverRoot: [] }, 'temporary directory'],
  ])('warns of %s', (_what, values, text) => {
    expect(plan(values)?.warnings).toEqual(expect.arrayContaining([expect.stringContaining(text)]));
  });

  test.each<[string, RawValues, string]>([
    ['no port', { httpsPort: [] }, '--acme: needs --https-port'],
    ['no address', { acmeContact: [] }, '--acme: needs --acme-contact'],
    ['no consent', { acmeAgree: [] }, '--acme: needs --acme-agree'],
    ['no name', { acme: [] }, '--acme-contact: needs --acme'],
    ['files', { sslCertificate: ['x'] }, '--ssl-certificate: contradicts --acme'],
    ['a certificate of our own', { httpsSelfSigned: ['on'] }, '--https-self-signed: contradicts --acme'],
  ])('is refused with %s', (_what, values, message) => {
    expect(() => plan(values)).toThrow(
      expect.objectContaining({ code: 'ERR_CLI_OPTION_CONFLICT', message: expect.stringContaining(message) }),
    );
  });

  test.each([
    ['a file', 'file', 'expected a directory'],
    ['a link', 'link', 'not a link to one'],
    ['a directory with something else', 'foreign', 'has other files in it'],
    ['a directory that others can write to', 'open', 'can be written to by others'],
    ['a directory in one that is missing', 'missing/store', 'no such file'],
  ])('is refused with %s as its store', (_what, name, problem) => {
    expect(() => plan({ acmeStore: [place(name)] })).toThrow(
      expect.objectContaining({ code: 'ERR_CLI_PATH', message: expect.stringContaining(problem) }),
    );
  });

  test.each([
    ['acme', '*.example.com'],
    ['acme', '192.0.2.1'],
    ['acmeContact', 'admin'],
    ['acmeContact', 'a@example.com\nb'],
    ['acmeDirectory', 'http://example.com/'],
    ['acmeDirectory', 'https://example.com/"'],
  ])('%s refuses %s', (option, value) => {
    expect(() => plan({ [option]: [value] })).toThrow(
      expect.objectContaining({ code: 'ERR_CLI_OPTION_VALUE' }),
    );
  });
});
