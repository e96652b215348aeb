import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { requireCompanions } from '../src/companions.ts';
import { serverOptions } from '../src/options.ts';
import { renewSelfSigned } from '../src/self-signed.ts';
import { type RawValues, resolveSettings } from '../src/settings.ts';
import { planTls, selfSignedNames } from '../src/tls-plan.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'tls-plan-'));

const file = (name: string): string => path.join(directory, name);

/** A pair `<name>.crt` and `<name>.key` for `names` and this machine. */
async function writePair(name: string, names: readonly string[] = []): Promise<void> {
  const [certificate, key] = await renewSelfSigned(file('nowhere'), names);
  writeFileSync(file(`${name}.crt`), certificate?.text ?? '', { mode: 0o600 });
  writeFileSync(file(`${name}.key`), key?.text ?? '', { mode: 0o600 });
}

beforeAll(async () => {
  await writePair('good', ['example.test']);
  await writePair('other');
  const [good, other] = ['good', 'other'].map((name) => readFileSync(file(`${name}.crt`), 'utf8'));
  writeFileSync(file('other-first.crt'), `${other}${good}`);
  writeFileSync(file('damaged.crt'), (good ?? '').replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA'));
  writeFileSync(file('empty.crt'), '');
  writeFileSync(file('binary.crt'), Buffer.from([0x30, 0x82, 1, 2]));
  writeFileSync(
    file('locked.key'),
    '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n',
  );
  mkdirSync(file('directory.crt'));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

function plan(values: RawValues) {
  const resolved = resolveSettings(serverOptions, { values: { httpsPort: ['8443'], ...values }, env: {} });
  requireCompanions(resolved);
  return planTls(resolved, '/root');
}

const pair = (certificate: string, key: string): RawValues => ({
  sslCertificateFile: [file(certificate)],
  sslCertificateKeyFile: [file(key)],
});

describe('a certificate that can be served', () => {
  test('is named by what its files begin with', () => {
    expect(plan({ sslCertificate: [file('good')] })).toMatchObject({
      tls: { port: 8443, pair: { certificateFile: file('good.crt'), keyFile: file('good.key') } },
      warnings: [],
    });
  });

  test('is named with its key', () => {
    expect(plan(pair('good.crt', 'good.key'))?.warnings).toEqual([]);
  });

  test('may be made by ourselves, on a port of its own', () => {
    expect(plan({ httpsPort: [], httpsSelfSigned: ['on'] })?.tls).toBeDefined();
  });

  test('is warned of where it is not for the name of the server', () => {
    const values = pair('good.crt', 'good.key');
    expect(plan({ ...values, serverName: ['example.test'] })?.warnings).toEqual([]);
    expect(plan({ ...values, serverName: ['example.com'] })?.warnings).toEqual([
      expect.stringContaining('is not for example.com'),
    ]);
  });

  test('is warned of where everybody can read its key', () => {
    chmodSync(file('other.key'), 0o644);

    expect(plan(pair('other.crt', 'other.key'))?.warnings).toEqual([expect.stringContaining('chmod o-r')]);
  });

  test('is warned of in its last days', () => {
    jest.useFakeTimers({ now: Date.now() + 391 * 24 * 60 * 60 * 1000 });
    expect(plan(pair('good.crt', 'good.key'))?.warnings).toEqual([expect.stringContaining('expires on')]);
    jest.useRealTimers();
  });
});

describe('refused, with what is wrong:', () => {
  const certificate = 'ERR_CLI_CERTIFICATE';
  test.each([
    ['a key of another certificate', pair('good.crt', 'other.key'), certificate, 'is not the key'],
    ['a key in place of a certificate', pair('good.key', 'good.key'), certificate, 'found a private key'],
    ['a certificate in place of a key', pair('good.crt', 'good.crt'), certificate, 'found a certificate'],
    ['the own certificate not first', pair('other-first.crt', 'good.key'), certificate, 'is not the key'],
    ['a damaged certificate', pair('damaged.crt', 'good.key'), certificate, 'cannot be read'],
    ['an empty file', pair('empty.crt', 'good.key'), certificate, 'an empty file'],
    ['DER', pair('binary.crt', 'good.key'), certificate, 'no PEM at all'],
    ['a key with a pass phrase', pair('good.crt', 'locked.key'), certificate, 'without a pass phrase'],
    ['a directory', pair('directory.crt', 'good.key'), 'ERR_CLI_PATH', 'this is a directory'],
    ['a file that is missing', pair('absent.crt', 'good.key'), 'ERR_CLI_PATH', 'no such file'],
    ['a chain that is none', { sslCertificateChainFile: ['good.key'] }, certificate, 'found a private key'],
    ['an authority that is none', { sslCaCertificateFile: ['good.key'] }, certificate, 'found a private key'],
  ])('%s', (_what, values: RawValues, code, problem) => {
    const located = Object.fromEntries(
      Object.entries(values).map(([key, [name = ''] = []]) => [key, [path.resolve(directory, name)]]),
    );

    expect(() => plan({ ...pair('good.crt', 'good.key'), ...located })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(problem) }),
    );
  });

  test('a certificate that has expired', () => {
    jest.useFakeTimers({ now: Date.now() + 500 * 24 * 60 * 60 * 1000 });
    expect(() => plan(pair('good.crt', 'good.key'))).toThrow('has expired on');
    jest.useRealTimers();
  });

  test.each([
    ['a port without a certificate', {}, 'needs a certificate'],
    [
      'a certificate without a port',
      { httpsPort: [], sslCertificate: ['x'] },
      '--https-port or --https-self-signed',
    ],
    ['a certificate without its key', { sslCertificateFile: ['x'] }, '--ssl-certificate-key-file'],
    ['a key without its certificate', { sslCertificateKeyFile: ['x'] }, 'needs --ssl-certificate-file'],
    ['both forms', { sslCertificate: ['x'], sslCertificateFile: ['y'] }, 'is the same as'],
    ['a certificate of both makers', { sslCertificate: ['x'], httpsSelfSigned: ['on'] }, 'contradicts'],
    ['one port for both', { httpsPort: ['8000'], sslCertificate: ['x'] }, 'is the port of HTTP'],
    [
      'paths without an authority',
      { httpsSelfSigned: ['on'], sslVerifyClient: ['/a'] },
      '--ssl-ca-certificate-file',
    ],
  ])('%s', (_what, values: RawValues, problem) => {
    expect(() => plan(values)).toThrow(
      expect.objectContaining({
        code: 'ERR_CLI_OPTION_CONFLICT',
        message: expect.stringContaining(problem),
      }),
    );
  });
});

describe('values', () => {
  test.each([
    ['hstsPolicy', 'max-age=1"; evil'],
    ['hstsPolicy', 'includeSubDomains'],
    ['sslCipherSuite', 'NOSUCHCIPHER'],
    ['sslCipherSuite', 'AES128-SHA\nInclude /etc/passwd'],
    ['sslProtocol', 'SSLv3'],
    ['serverName', '*.example.com'],
    ['serverName', '127.0.0.1'],
    ['serverName', 'a b'],
    ['serverAlias', 'example.com"'],
    ['serverAlias', '(a|b)+'],
    ['httpsPort', '70000'],
  ])('of %s that make no sense are refused: %s', (option, value) => {
    expect(() => resolveSettings(serverOptions, { values: { [option]: [value] }, env: {} })).toThrow(
      expect.objectContaining({ code: 'ERR_CLI_OPTION_VALUE' }),
    );
  });

  test('a host name of another script is taken as DNS has it', () => {
    const { settings } = resolveSettings(serverOptions, {
      values: { serverName: ['Bücher.example'] },
      env: {},
    });

    expect(settings.serverName).toBe('xn--bcher-kva.example');
  });
});

describe('a certificate of our own', () => {
  test('is kept while it will do', async () => {
    const root = mkdtempSync(path.join(os.tmpdir(), 'self-signed-'));
    for (const { path: name, text } of await renewSelfSigned(root, ['*.example.org']))
      writeFileSync(path.join(root, name), text);

    expect(await renewSelfSigned(root, ['*.example.org'])).toEqual([]);
    expect(await renewSelfSigned(root, ['example.com'])).toHaveLength(2);
    jest.useFakeTimers({ now: Date.now() + 370 * 24 * 60 * 60 * 1000 });
    expect(await renewSelfSigned(root, [])).toHaveLength(2);
    jest.useRealTimers();
    rmSync(root, { recursive: true });
  });

  test('is for the names that its URLs may have', () => {
    const values = {
      serverName: ['www.example.com'],
      serverAlias: ['*.example.org', 'a*.example.org'],
      host: ['10.0.0.1'],
    };
    const { settings } = resolveSettings(serverOptions, { values, env: {} });

    expect(selfSignedNames(settings)).toEqual([
      'www.example.com',
      'example.com',
      '*.example.org',
      '10.0.0.1',
    ]);
  });
});
