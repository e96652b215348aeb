import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { type CommandResult, runExpress } from '../support/express-command.ts';
import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { describeTree } from '../support/refused-start.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';

const cli = path.join(import.meta.dirname, '../../packages/cli');

let directory: ReturnType<typeof createTemporaryDirectory>;
beforeAll(() => {
  directory = createTemporaryDirectory();
  write('app.mjs', 'export default (req, res) => res.end(`${process.env.GREETING} from ${req.url}`);\n');
  mkdirSync(path.join(directory.path, 'node_modules'));
  symlinkSync(cli, path.join(directory.path, 'node_modules/httpd-express'));
});
afterAll(() => {
  directory.remove();
});
afterEach(() => {
  for (const name of readdirSync(directory.path))
    if (/^(express\.config\.|package\.json)/.test(name)) rmSync(path.join(directory.path, name));
});

function write(name: string, text: string): string {
  const file = path.join(directory.path, name);
  writeFileSync(file, text, { mode: 0o644 });
  return file;
}

function express(args: readonly string[], env: Record<string, string> = {}): Promise<CommandResult> {
  return runExpress(args, { cwd: directory.path, env });
}

/** The lines of `express config` that are no defaults. */
async function chosen(args: readonly string[] = [], env: Record<string, string> = {}): Promise<string[][]> {
  const { stdout, stderr, status } = await express(['config', ...args], env);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  const lines = stdout.trimEnd().split('\n');
  return lines.filter((line) => !line.endsWith(' default')).map((line) => line.split(/ {2,}/));
}

describe('express config', () => {
  test('shows every option with where it came from, and hides secrets', async () => {
    const file = write(
      'express.config.json',
      '{ "port": 8001, "accessLog": true, "setenv": { "KEY": "hidden" } }',
    );
    const shown = await chosen(['--log-level', 'info'], { EXPRESS_PORT: '8002' });
    expect(shown).toEqual([
      ['setenv', '[["KEY","***"]]', `setenv in ${file}`],
      ['port', '8002', 'EXPRESS_PORT'],
      ['logLevel', 'info', '--log-level'],
      ['accessLog', 'true', `accessLog in ${file}`],
    ]);
  });

  test('prints JSON whose values a file may have again', async () => {
    write('express.config.mjs', "export default async () => ({ processes: 2, requestTimeout: '90s' });\n");
    const { stdout } = await express(['config', '--json', 'app.mjs']);
    const { app, file, settings } = JSON.parse(stdout) as { app: string; file: string; settings: object };
    expect([app, path.basename(file)]).toEqual(['app.mjs', 'express.config.mjs']);
    expect(settings).toMatchObject({
      processes: { value: 2, source: 'file' },
      requestTimeout: { value: '90s', source: 'file' },
      port: { value: 8000, source: 'default' },
    });
  });

  test('prints the httpd.conf that would be used, and changes nothing on disk', async () => {
    const assets = path.join(directory.path, 'assets');
    mkdirSync(assets);
    write(
      'express.config.ts',
      "export default { entryPoint: 'app.mjs', urlAlias: { '/static': 'assets' } };\n",
    );
    const before = describeTree(directory.path);
    const root = path.join(directory.path, 'root');
    const { stdout, status } = await express(['config', '--httpd', '--server-root', root], {
      TMPDIR: directory.path,
    });
    expect(status).toBe(0);
    expect(stdout).toContain(`Alias "/static" "${assets}"`);
    expect(stdout).toContain(`ServerRoot "${root}"`);
    expect(describeTree(directory.path)).toEqual(before);
  });
});

describe('a configuration file', () => {
  test('in TypeScript serves an app, its paths relative to itself', async () => {
    const place = path.join(directory.path, 'conf');
    mkdirSync(place);
    const file = path.join(place, 'express.config.ts');
    writeFileSync(
      file,
      `import { defineConfig } from 'httpd-express';
const greeting: string = 'hello';
export default defineConfig({ entryPoint: '../app.mjs', setenv: [['GREETING', greeting]] });
`,
      { mode: 0o644 },
    );
    const server = await ExpressServer.start(['--config', file]);
    try {
      expect((await request(`${server.url}/x`)).text).toBe('hello from /x');
    } finally {
      await server.stop();
    }
  });

  test.each(['httpd-express', 'express'])('may be the key %s of package.json', async (key) => {
    const file = write('package.json', JSON.stringify({ name: 'x', [key]: { port: 8003 } }));
    expect(await chosen()).toEqual([['port', '8003', `port in ${file} (${key})`]]);
  });

  test('is not looked for with --ignore-config, and a package.json without the key is none', async () => {
    write('package.json', '{ "dependencies": { "express": "5" } }');
    expect(await chosen()).toEqual([]);
    write('express.config.js', 'throw new Error("loaded")\n');
    expect(await chosen([], { EXPRESS_IGNORE_CONFIG: 'on' })).toEqual([
      ['ignoreConfig', 'true', 'EXPRESS_IGNORE_CONFIG'],
    ]);
  });

  test.each<[string, string, string, RegExp]>([
    [
      'an unknown key',
      'express.config.json',
      '{ "prot": 1 }',
      /express\.config\.json: prot is not an option \[ERR_CLI_CONFIG_KEY\]\n.*did you mean port\?/,
    ],
    ['a wrong type', 'express.config.json', '{ "accessLog": 1 }', /accessLog: 1: expected true or false/],
    [
      'text that is no JSON',
      'express.config.json',
      '{ port',
      /cannot take options from .*express\.config\.json: /,
    ],
    [
      'what is no TypeScript',
      'express.config.ts',
      'export default {',
      /cannot take options from .*express\.config\.ts:1:16/s,
    ],
    ['a module that throws', 'express.config.mjs', '\nthrow new Error("oops")', /Error: oops \(line 2\)/],
    [
      'a module that throws what is no error',
      'express.config.mjs',
      'throw Object.create(null)',
      /express\.config\.mjs: it threw \[Object: null prototype\] \{\}/,
    ],
    [
      'a value that throws',
      'express.config.mjs',
      'export default {\n urlAlias: { get "/x"() { throw new Error("oops"); } } }',
      /express\.config\.mjs: Error: oops \(line 2\)/,
    ],
    ['an instance of something', 'express.config.mjs', 'export default new Date(0)', /an object of options/],
    ['a module that exports nothing', 'express.config.mjs', '', /it has no default export/],
    ['a package.json that is broken', 'package.json', '{ "express": ', /package\.json: /],
  ])('with %s is refused with the file and nothing is written', async (_what, name, text, message) => {
    write(name, text);
    const root = path.join(directory.path, 'refused');
    const { status, stderr } = await express(['start-server', 'app.mjs', '--server-root', root]);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
    expect(readdirSync(directory.path)).not.toContain('refused');
  });

  test('beside another one is refused', async () => {
    write('express.config.json', '{}');
    write('package.json', '{ "express": {} }');
    const { status, stderr } = await express(['config']);
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/there are .*express\.config\.json and .*package\.json \(express\)/),
    ]);
  });

  const testAsRoot = process.geteuid?.() === 0 ? test : test.skip;

  testAsRoot('that another account may change is refused by root', async () => {
    const file = write('express.config.json', '{ "port": 8001 }');
    chmodSync(file, 0o646);
    expect(await express(['config'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('written to by others'),
    });
    chmodSync(file, 0o644);
    chownSync(file, 65534, 65534);
    expect(await express(['config'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('belongs to uid 65534'),
    });
  });

  testAsRoot('that another account may replace with the directory it is in is refused by root', async () => {
    mkdirSync(path.join(directory.path, 'deep'));
    const file = write('deep/express.config.json', '{ "port": 8001 }');
    chownSync(directory.path, 65534, 65534);
    const refused = await express(['config', '--config', file]);
    chownSync(directory.path, 0, 0);
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`${directory.path} belongs to uid 65534`),
    });
  });
});

describe('an argument', () => {
  test('may name variables, which must be set', async () => {
    expect(await chosen(['--port', '${MY_PORT}'], { MY_PORT: '8005' })).toEqual([['port', '8005', '--port']]);
    const { status, stderr } = await express(['start-server', '--port', '${MY_PORT}']);
    expect([status, stderr]).toEqual([2, expect.stringContaining('the variable MY_PORT is not set')]);
  });
});
