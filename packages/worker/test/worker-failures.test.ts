import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from '@jest/globals';

import { WorkerExitCode } from '../src/messages.ts';
import { type Files, type StartOptions, WorkerProcess } from './worker-process.ts';

let worker: WorkerProcess | undefined;

afterEach(async () => {
  await worker?.dispose();
  worker = undefined;
});

/** Starts a worker that does not become ready. */
const fail = async (files: Files, options?: StartOptions) => {
  worker = await WorkerProcess.start(files, options);
  const code = await worker.exited;
  expect(worker.isReady).toBe(false);
  return { code, failure: worker.failure, worker };
};

const callable = (callableObject: string) => ({ app: { callableObject } });

describe('a worker says why it cannot start when the app', () => {
  const rows: readonly (readonly [string, string, RegExp, Files, StartOptions?])[] = [
    [
      'is missing',
      'APP_MISSING',
      /cannot load the app \/nowhere\/app\.ts: ENOENT/,
      {},
      { app: { entry: '/nowhere/app.ts' } },
    ],
    [
      'is a module that does not resolve',
      'APP_MISSING',
      /cannot load the app no-such-app: Cannot find package/,
      {},
      { app: { kind: 'module', entry: 'no-such-app' } },
    ],
    [
      'is a path that the TypeScript loader cannot take',
      'APP_PATH_UNSUPPORTED',
      /question marks/,
      { 'app.ts': '' },
      { name: 'a?b' },
    ],
    [
      'throws',
      'APP_THREW',
      /it threw RangeError: too much$/,
      { 'app.mjs': `throw new RangeError('too much')` },
    ],
    ['throws what is no error', 'APP_THREW', /it threw the value nothing$/, { 'app.cjs': `throw 'nothing'` }],
    [
      'throws later, before it listens',
      'APP_THREW',
      /it threw Error: no database$/,
      { 'app.mjs': `setTimeout(() => { throw new Error('no database') }, 10); setTimeout(() => {}, 1e6)` },
    ],
    [
      'rejects, before it listens',
      'APP_THREW',
      /it threw Error: no database$/,
      { 'app.mjs': `Promise.reject(new Error('no database')); setTimeout(() => {}, 1e6)` },
    ],
    [
      'is a promise that rejects',
      'APP_THREW',
      /it threw Error: no database$/,
      { 'app.mjs': `export default Promise.reject(new Error('no database'))` },
    ],
    [
      'imports what is missing',
      'APP_THREW',
      /Cannot find package 'no-such-package'/,
      { 'app.mjs': `import 'no-such-package'` },
    ],
    [
      'is JavaScript with a syntax error',
      'APP_THREW',
      /it threw SyntaxError: /,
      { 'app.mjs': `export default (req, res => 1` },
    ],
    [
      'is TypeScript with a syntax error',
      'APP_THREW',
      /app\.ts:2:\d+: ERROR: /,
      { 'app.ts': `\nexport default (req, res: => 1` },
    ],
    [
      'exports nothing',
      'NOTHING_TO_SERVE',
      /it exports nothing and never called listen\(\), expected a function \(req, res\), /,
      { 'app.mjs': `console.log(1)` },
    ],
    [
      'exports nothing, in CommonJS',
      'NOTHING_TO_SERVE',
      /it exports nothing and/,
      { 'app.cjs': `console.log(1)` },
    ],
    [
      'exports nothing usable',
      'NOTHING_TO_SERVE',
      /it exports config \(an object with port\), default \(a class\) and/,
      { 'app.mjs': `export const config = { port: 1 }; export default class App {}` },
    ],
    [
      'has a tsconfig.json that cannot be read',
      'TSCONFIG',
      /cannot read .*tsconfig\.json: .*missing\.json/,
      { 'app.ts': `export default () => {}`, 'tsconfig.json': '{ "extends": "./missing.json" }' },
    ],
    [
      'has decorators with metadata and no compiler for them',
      'DECORATOR_COMPILER_MISSING',
      /app\.ts: .*tsconfig\.json sets emitDecoratorMetadata, which takes @swc\/core or typescript below 7/,
      {
        'app.ts': `function A(target: object): void {}\n@A class B {}\nexport default B;`,
        'package.json': '{ "type": "module" }',
        'tsconfig.json': '{ "compilerOptions": { "emitDecoratorMetadata": true } }',
      },
    ],
    [
      'waits for nothing',
      'APP_NEVER_LOADED',
      /top-level await/,
      { 'app.mjs': `await new Promise(() => {})` },
    ],
    [
      'lacks the export that was asked for',
      'CALLABLE_MISSING',
      /cannot find the export api in .*app\.mjs: it exports default \(a function of 2 parameters\)$/,
      { 'app.mjs': `export default (req, res) => {}` },
      callable('api'),
    ],
    [
      'has under that name only what every object has',
      'CALLABLE_MISSING',
      /cannot find the export constructor in /,
      { 'app.cjs': `module.exports = { a: 1 }` },
      callable('constructor'),
    ],
    [
      'has something else under that name',
      'CALLABLE_UNUSABLE',
      /cannot serve the export api of .*: it is an object with a, expected /,
      { 'app.mjs': `export const api = { a: 1 }` },
      callable('api'),
    ],
  ];

  test.each(
    rows.map(
      ([title, code, message, files, options = {}]) => [title, code, message, files, options] as const,
    ),
  )('%s', async (_, code, message, files, options) => {
    const result = await fail(files, options);
    expect(result.failure?.code).toBe(`ERR_WORKER_${code}`);
    expect(result.failure?.message).toMatch(message);
    expect(result.code).toBe(WorkerExitCode.appFailedToLoad);
  });
});

test('a directory in place of the app is reported', async () => {
  const { failure } = await fail({ 'dir/x': '' }, { app: { entry: '/tmp' } });
  expect(failure?.code).toBe('ERR_WORKER_APP_MISSING');
});

test('the stack of what the app threw has the lines of its TypeScript', async () => {
  const source = `interface Unused {\n  a: string\n}\nenum A { B }\n\nfunction deep(): never {\n  throw new Error('deep')\n}\ndeep()\n`;
  const { failure } = await fail({ 'app.ts': source });
  expect(failure?.stack).toMatch(/app\.ts:7:9\)?\n.*app\.ts:9:1/);
});

test('the stack of a syntax error says where it is', async () => {
  const { failure } = await fail({ 'app.mjs': `export const fine = 1;\nexport default (req, res => 1` });
  expect(failure?.stack).toMatch(/app\.mjs:2\n/);
});

test('the failure of a missing app says what to do', async () => {
  const { failure, worker } = await fail({}, { app: { entry: '/nowhere/app.js' } });
  expect(failure?.hint).toContain(worker.directory);
  expect(failure).not.toHaveProperty('stack');
});

test('an app that ends the process ends the worker with its code', async () => {
  expect(await fail({ 'app.mjs': `process.exit(7)` })).toMatchObject({ code: 7, failure: undefined });
});

test('an app that takes care of its own uncaught errors is waited for', async () => {
  worker = await WorkerProcess.start({
    'app.mjs': `import http from 'node:http';
      process.on('uncaughtException', () => setTimeout(() => http.createServer().listen(80), 20));
      setTimeout(() => { throw new Error('handled') }, 1)`,
  });
  await worker.ready();
});

test('a socket path that is taken by a file is reported, and the file is kept', async () => {
  worker = await WorkerProcess.start(
    { 'app.mjs': `export default (req, res) => {}`, taken: 'precious' },
    { settings: { socketPath: '/etc/hostname' } },
  );
  expect(await worker.exited).toBe(WorkerExitCode.cannotListen);
  expect(worker.failure).toMatchObject({
    code: 'ERR_WORKER_CANNOT_LISTEN',
    message: 'cannot listen on /etc/hostname: a file that is not a socket is in the way',
  });
});

test('a socket path whose directory is missing is reported', async () => {
  worker = await WorkerProcess.start(
    { 'app.mjs': `export default (req, res) => {}` },
    { settings: { socketPath: '/nowhere/w.sock' } },
  );
  expect(await worker.exited).toBe(WorkerExitCode.cannotListen);
  expect(worker.failure?.message).toMatch(/^cannot listen on \/nowhere\/w\.sock: listen E/);
});

test('an app that throws in a handler crashes the worker, with a source-mapped stack on stderr', async () => {
  worker = await WorkerProcess.start({
    'app.ts': `enum A { B }\n\nexport default (req: unknown, res: unknown): void => {\n  throw new Error('in a handler')\n}\n`,
  });
  await worker.ready();
  await expect(worker.send()).rejects.toMatchObject({ code: 'ERR_FASTCGI_CONNECTION_CLOSED' });
  expect(await worker.exited).toBe(WorkerExitCode.crashed);
  expect(worker.stderr).toMatch(/Error: in a handler\n.*app\.ts:4:9/);
});

test('an app that rejects in a handler crashes the worker', async () => {
  worker = await WorkerProcess.start({
    'app.mjs': `export default async (req, res) => { throw new Error('in a handler') }`,
  });
  await worker.ready();
  await expect(worker.send()).rejects.toMatchObject({ code: 'ERR_FASTCGI_CONNECTION_CLOSED' });
  expect(await worker.exited).toBe(WorkerExitCode.crashed);
});

test('an app that throws after it listens crashes the worker, as in plain Node', async () => {
  worker = await WorkerProcess.start({
    'app.mjs': `import http from 'node:http'; http.createServer().listen(80); await new Promise((resolve) => setTimeout(resolve, 50)); throw new Error('afterwards')`,
  });
  await worker.ready();
  expect(await worker.exited).toBe(WorkerExitCode.crashed);
  expect(worker.stderr).toContain('afterwards');
});

test.each([
  ['app.ts', {}, /"type": "module".*\.mts/],
  ['app.cts', {}, /"type": "module".*\.mts/],
])('a top-level await in CommonJS, %s, says how it is allowed', async (name, _, hint) => {
  const { failure } = await fail({ [name]: `export default await Promise.resolve(() => {});` });
  expect(failure).toMatchObject({ code: 'ERR_WORKER_APP_THREW', hint: expect.stringMatching(hint) });
});

test('an app whose decorators nobody asks for starts without their compiler', async () => {
  worker = await WorkerProcess.start({
    'app.ts': `/** @param _ nothing */\nexport default (_: unknown, __: unknown): void => {}`,
    'tsconfig.json': '{ "compilerOptions": { "emitDecoratorMetadata": true } }',
  });
  await worker.ready();
});

test('a compile cache that others can write to is not believed', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'cache-'));
  const cache = join(temporary, `tsx-${process.geteuid?.() ?? 0}`);
  const source = `export default (_: unknown, res: { end(text: string): void }) => { res.end('genuine') }`;
  const answer = async (): Promise<string> => {
    worker = await WorkerProcess.start({ 'app.ts': source }, { env: { TMPDIR: temporary } });
    await worker.ready();
    const { body } = await worker.send();
    await worker.dispose();
    worker = undefined;
    return body.toString();
  };
  expect(await answer()).toBe('genuine');
  expect((await stat(cache)).mode & 0o777).toBe(0o700);
  const names = await readdir(cache);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    const text = await readFile(join(cache, name), 'utf8');
    await writeFile(join(cache, name), text.replaceAll('genuine', 'forged'));
  }
  await chmod(cache, 0o777);
  expect(await answer()).toBe('genuine');
  await rm(temporary, { recursive: true });
});
