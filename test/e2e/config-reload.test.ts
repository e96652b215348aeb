/** A configuration file beside a server that runs: commands find the server by it, and SIGHUP reads it again. */
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { type CommandResult, runExpress } from '../support/express-command.ts';
import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { readStatus } from '../support/server-status.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const directory = createTemporaryDirectory();
const at = (name: string) => path.join(directory.path, name);
let server: ExpressServer;
let written = Date.now();

/** Writes the file; a file system may keep its time in seconds. */
function configure(options: object | string): void {
  const text = typeof options === 'string' ? options : JSON.stringify({ serverRoot: './root', ...options });
  writeFileSync(at('express.config.mjs'), `export default ${text};\n`, { mode: 0o644 });
  written += 2000;
  utimesSync(at('express.config.mjs'), written / 1000, written / 1000);
}

function express(args: readonly string[]): Promise<CommandResult> {
  return runExpress(args, { cwd: directory.path });
}

beforeAll(async () => {
  mkdirSync(at('public'));
  writeFileSync(at('public/a.txt'), 'a file');
  writeFileSync(at('app.mjs'), 'export default (req, res) => res.end(`the app at ${req.url}`);\n');
  configure({});
  server = await ExpressServer.start(['app.mjs'], { cwd: directory.path, serverRoot: at('root') });
}, 60_000);

afterAll(async () => {
  if (server.command.child.exitCode === null) await server.stop();
  directory.remove();
});

async function text(target: string): Promise<string> {
  return (await request(server.url, { path: target })).text;
}

/** Sends SIGHUP and waits for what it led to. */
async function hangUp(isDone: () => Promise<boolean> | boolean): Promise<void> {
  server.command.child.kill('SIGHUP');
  await waitFor(isDone, { within: 20_000, what: 'the reload' });
}

const generation = async () => (await readStatus(at('root'))).bridge.details?.generation ?? 0;

describe('SIGHUP', () => {
  test('applies what httpd is told, and replaces the workers', async () => {
    expect(await text('/static/a.txt')).toBe('the app at /static/a.txt');
    const before = await generation();
    configure({ urlAlias: { '/static': './public' } });
    await hangUp(async () => (await generation()) > before);
    await waitFor(async () => (await text('/static/a.txt')) === 'a file', {
      within: 10_000,
      what: 'the alias',
    });
  });

  test.each([
    [
      'names what is not there',
      { urlAlias: { '/static': './nowhere' } },
      /nowhere.*no such file or directory/,
    ],
    ['is no module', '{', /cannot take options from .*express\.config\.mjs: SyntaxError/],
    ['has a key that is no option', { prot: 1 }, /prot.* is not an option/],
    ['is about processes that run', { processes: 2, urlAlias: {} }, /a restart is needed for --processes$/m],
  ])('with a file that %s changes nothing and says why in the log', async (_title, options, reason) => {
    const before = await generation();
    const conf = readFileSync(at('root/httpd.conf'), 'utf8');
    configure(options);
    await hangUp(() => reason.test(server.errorLog));
    expect(readFileSync(at('root/httpd.conf'), 'utf8')).toBe(conf);
    expect(await text('/static/a.txt')).toBe('a file');
    expect(await generation()).toBe(before);
  });
});

describe('from the directory of the file', () => {
  beforeAll(() => {
    configure({ urlAlias: { '/static': './public' } });
  });

  test.each([
    [['status'], /^running pid=/],
    [['workers'], /ready/],
    [['reload'], /generation \d+ serves/],
    [['stop'], /stopped in .*root/],
    // Another one that runs is not meant.
    [['stop'], /root/],
  ])('%j is about the server root that it names', async (args, says) => {
    const { stdout, stderr, status } = await express(args);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toMatch(says);
  });

  test('a file that is wrong is a usage error', async () => {
    configure('{');
    const { stderr, status } = await express(['status']);
    expect(status).toBe(2);
    expect(stderr).toContain('cannot take options from');
  });
});
