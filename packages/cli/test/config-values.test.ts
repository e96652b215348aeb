import { describe, expect, test } from '@jest/globals';

import { readConfigValues } from '../src/config-values.ts';
import { type ServerConfig, defineConfig } from '../src/define-config.ts';
import { findNearName } from '../src/near-name.ts';
import { configName } from '../src/option-spec.ts';
import { serverOptions } from '../src/options.ts';
import { resolveSettings } from '../src/settings.ts';

const place = { path: '/srv/app/express.config.ts', source: '/srv/app/express.config.ts' };

function resolve(config: unknown, env: NodeJS.ProcessEnv = {}, values: Record<string, string[]> = {}) {
  const file = readConfigValues(serverOptions, config, place);
  return resolveSettings(serverOptions, { values, env, file });
}

describe('a configuration file', () => {
  test('has the names of the command line in camel case, the keys of the table without their unit', () => {
    for (const [key, spec] of Object.entries(serverOptions))
      expect(configName(spec)).toBe(key.replace(/(Ms|Bytes)$/, ''));
  });

  test('is read through the same rules as the command line', () => {
    const config = defineConfig({
      port: 8080,
      processes: 'auto',
      requestTimeout: '2m',
      limitRequestBody: 1024,
      accessLog: true,
      ignoreActivity: ['/health'],
      urlAlias: [['/static', 'assets']],
      setenv: { GREETING: 'hello' },
      documentRoot: '../public',
      host: undefined,
    });
    expect(resolve(config).settings).toMatchObject({
      port: 8080,
      requestTimeoutMs: 120_000,
      limitRequestBodyBytes: 1024,
      accessLog: true,
      ignoreActivity: ['/health'],
      urlAlias: [['/static', '/srv/app/assets']],
      setenv: [['GREETING', 'hello']],
      documentRoot: '/srv/public',
      host: undefined,
    });
  });

  test('wins over the default and loses against the environment and the command line', () => {
    const config: ServerConfig = { port: 8080 };
    expect(resolve(config).sources.port).toEqual({ kind: 'file', name: `port in ${place.path}` });
    expect(resolve(config, { PORT: '81' }).settings.port).toBe(81);
    expect(resolve(config, { EXPRESS_PORT: '82' }).settings.port).toBe(82);
    expect(resolve(config, { EXPRESS_PORT: '82' }, { port: ['83'] }).settings.port).toBe(83);
    expect(resolve({ urlAlias: { '/a': 'x' } }, {}, { urlAlias: ['/b\0/y'] }).settings.urlAlias).toEqual([
      ['/b', '/y'],
    ]);
  });

  test.each([
    [{ prot: 1 }, 'ERR_CLI_CONFIG_KEY', 'did you mean port?'],
    [{ 'document-root': 'x' }, 'ERR_CLI_CONFIG_KEY', 'did you mean documentRoot?'],
    [{ requestTimeoutMs: 5 }, 'ERR_CLI_CONFIG_KEY', 'did you mean requestTimeout?'],
    [{ setupOnly: true }, 'ERR_CLI_CONFIG_KEY', undefined],
    [{ __proto__: null, toString: 1 }, 'ERR_CLI_CONFIG_KEY', undefined],
  ])('refuses the unknown key of %j', (config, code, hint) => {
    expect(() => resolve(config)).toThrow(expect.objectContaining({ code, ...(hint && { hint }) }));
  });

  test.each([
    [{ port: true }, 'port: true: expected a string or a number'],
    [{ port: null }, 'port: null: expected a string or a number'],
    [{ port: NaN }, 'port: NaN: expected a string or a number'],
    [{ port: 5n }, 'port: 5n: expected a string or a number'],
    [{ urlAlias: new Map([['/x', '/y']]) }, "urlAlias: Map(1) { '/x' => '/y' }: expected an array of pairs"],
    [{ setenv: new Map([['A', 'hunter2']]) }, 'setenv: a value of type object: expected an array of pairs'],
    [new Date(0), '1970-01-01T00:00:00.000Z: expected an object of options'],
    [{ directoryIndex: 5 }, 'directoryIndex: 5: expected a string'],
    [{ accessLog: 'on' }, 'accessLog: "on": expected true or false'],
    [{ ignoreActivity: '/x' }, 'expected an array of strings'],
    [{ ignoreActivity: ['/x', 1] }, 'ignoreActivity[1]: 1: expected a string'],
    [{ urlAlias: '/x' }, 'urlAlias: "/x": expected an array of pairs, or an object'],
    [{ urlAlias: ['/x'] }, 'urlAlias[0]: "/x": expected an array of two values'],
    [
      { urlAlias: [['/x', '/y', '/z']] },
      "urlAlias[0]: [ '/x', '/y', '/z' ]: expected an array of two values",
    ],
    [
      {
        urlAlias: [
          ['/x', '/y'],
          ['/z', 5],
        ],
      },
      'urlAlias[1][1]: 5: expected a string',
    ],
    [{ urlAlias: { '/x': true } }, 'urlAlias["/x"]: true: expected a string'],
    [{ errorDocument: [['404', 5]] }, 'errorDocument[0][1]: 5: expected a string'],
    [{ setenv: { 'A\0B': 'x' } }, 'setenv["A\\u0000B"]: '],
    [{ documentRoot: 'a\0b' }, 'expected a string'],
    [{ documentRoot: () => 'x' }, 'documentRoot: a value of type function: expected a string'],
    [[], '[]: expected an object of options'],
    ['x', 'expected an object of options'],
  ])('refuses the wrong type of %j', (config, message) => {
    expect(() => resolve(config)).toThrow(message);
    expect(() => resolve(config)).toThrow(place.path);
  });

  test.each([
    [
      { env: { DB_PASSWORD: 'hunter2', DEBUG: true } },
      'env.DEBUG: a value of type boolean: expected a string',
    ],
    [{ setenv: { A: 'hunter2', B: 1234 } }, 'setenv.B: a value of type number: expected a string'],
    [{ env: [['A', 'hunter2', 'x']] }, 'env[0]: an array: expected an array of two values'],
    [{ env: [['A', null]] }, 'env[0][1]: null: expected a string'],
    [{ env: 'A=hunter2' }, 'env: a value of type string: expected an array of pairs, or an object'],
    [{ env: { 'A-B': 'hunter2' } }, `env in ${place.path}: A-B ***: expected a variable name`],
  ])('names what is wrong, and shows no value that is secret: %j', (config, message) => {
    const attempt = () => resolve(config);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(/hunter2|1234/);
  });

  test('is named with its key where a value is out of range or smuggles a line break', () => {
    expect(() => resolve({ host: 5 })).toThrow(`host in ${place.path}: 5: expected an IP address`);
    expect(() => resolve({ port: 0 })).toThrow(`port in ${place.path}: 0: expected a whole number`);
    expect(() => resolve({ setenv: { A: 'x\nInclude /etc/passwd' } })).toThrow('without line breaks');
  });
});

describe('a near name', () => {
  test.each([
    ['prot', 'port'],
    ['conncurrency', 'concurrency'],
    ['url_alias', 'urlAlias'],
    ['zzz', undefined],
  ])('of %s is %s', (given, meant) => {
    expect(findNearName(given, ['port', 'concurrency', 'urlAlias'])).toBe(meant);
  });
});
