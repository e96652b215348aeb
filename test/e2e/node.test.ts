/** The Node of the workers, what it loads before the app, and the app's environment; under every Node we run on. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { runExpress } from '../support/express-command.ts';
import { ExpressServer } from '../support/express-server.ts';
import { findFreePort } from '../support/free-port.ts';
import { request } from '../support/http-request.ts';
import { runRefused } from '../support/refused-start.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const { installNodes, nodeVersions } = (await import(
  pathToFileURL(path.join(import.meta.dirname, '../../tools/install-nodes.mjs')).href
)) as { installNodes: () => Promise<string[]>; nodeVersions: readonly string[] };
const nodes = await installNodes();

const temporary = createTemporaryDirectory();

/** Writes a file of the user's and answers its path. */
function write(name: string, text: string): string {
  const file = path.join(temporary.path, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const app = write(
  'app.ts',
  `enum Names { Variables = 'A B C D NODE_ENV MALLOC_ARENA_MAX' }
function hang(): never {
  for (;;);
}
export default (req: any, res: any): void => {
  if (req.url === '/hang') hang();
  if (req.url === '/echo') return req.pipe(res);
  const { version, env, argv, execArgv } = process;
  const variables = Object.fromEntries(Names.Variables.split(' ').map((name) => [name, env[name]]));
  res.end(JSON.stringify({ version, variables, argv, execArgv, loaded: (globalThis as { loaded?: string[] }).loaded }));
};
`,
);
const load = (name: string): string =>
  `enum Name { Self = '${name}' }\n(globalThis as { loaded?: string[] }).loaded = [...((globalThis as { loaded?: string[] }).loaded ?? []), Name.Self];\n`;

interface Answer {
  readonly version: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly execArgv: readonly string[];
  readonly loaded?: readonly string[];
}

async function ask(server: ExpressServer): Promise<Answer> {
  return JSON.parse((await request(server.url)).text) as Answer;
}

afterAll(() => {
  temporary.remove();
});

describe('with a Node, modules and variables of its own', () => {
  let server: ExpressServer;
  const secret = 'sesame street';
  const node = nodes[1] ?? '';

  beforeAll(async () => {
    const first = write('1.env', 'A=first\nB=first\nC=first\nNODE_ENV=staging\n');
    const second = write('2.env', 'B=second\nC=second\n');
    server = await ExpressServer.start(
      [
        app,
        ...['--node-executable', node, '--node-option=--max-old-space-size=300', '--deadlock-timeout', '0.4'],
        ...['--import', write('one.ts', load('one')), '--import', write('two.ts', load('two'))],
        ...['--env-file', first, '--env-file', second, '--env', 'D', secret],
      ],
      { env: { C: 'real' } },
    );
  });

  afterAll(async () => {
    await server.stop();
  });

  test('the app runs under that Node and its options', async () => {
    const { version, execArgv } = await ask(server);
    expect(version).toBe(`v${nodeVersions[1] ?? ''}`);
    expect(execArgv).toContain('--max-old-space-size=300');
  });

  test('modules of --import are loaded in their order, TypeScript too', async () => {
    expect((await ask(server)).loaded).toEqual(['one', 'two']);
  });

  test('files fill what the environment leaves open, the last first', async () => {
    expect((await ask(server)).variables).toEqual({
      ...{ A: 'first', B: 'second', C: 'real', D: secret, NODE_ENV: 'staging', MALLOC_ARENA_MAX: '2' },
    });
  });

  test('the value of --env is shown by nobody', () => {
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(secret);
    expect(readFileSync(path.join(server.serverRoot, 'httpd.conf'), 'utf8')).not.toContain(secret);
    expect(server.command.stdout + server.command.stderr).not.toContain(secret);
  });

  test('the report about a stuck worker has the line and column of its TypeScript', async () => {
    expect((await request(`${server.url}/hang`)).status).toBe(504);
    const stack = /app\.ts:3:\d+\)?\n.*app\.ts:6:28/;
    await waitFor(() => stack.test(server.errorLog), { within: 5000, what: 'the stack in the error log' });
  });
});

describe.each(nodeVersions.map((version, index) => [version, nodes[index] ?? ''] as const))(
  'under Node %s',
  (version, node) => {
    test('everything starts, serves TypeScript with its .env, lends connections for long bodies, and stops', async () => {
      const directory = path.dirname(write(`node-${version}/.env`, 'A=dotenv\n'));
      const server = await ExpressServer.start([app, '--working-directory', directory], { node });
      try {
        expect(await ask(server)).toMatchObject({
          version: `v${version}`,
          variables: { A: 'dotenv', NODE_ENV: 'production' },
        });
        // The connections behind them are handled by what Node does not document.
        const body = randomBytes(9_000_000);
        const echo = () => request(`${server.url}/echo`, { method: 'POST', body });
        for (const answer of await Promise.all(Array.from({ length: 12 }, echo)))
          expect(answer.body.equals(body)).toBe(true);
      } finally {
        expect((await server.stop()).status).toBe(0);
      }
    });
  },
);

describe('start-server refuses, with status 2 and before anything is written,', () => {
  const refuse = async (args: readonly string[], node?: string) =>
    runRefused({
      args: ['start-server', app, '--port', String(await findFreePort()), ...args],
      untouched: [temporary.path],
      serverRoot: path.join(temporary.path, 'root'),
      ...(node !== undefined && { node }),
    });

  test.each<[string, () => readonly string[], RegExp]>([
    [
      'a missing --env-file',
      () => ['--env-file', '/nowhere/.env'],
      /--env-file \/nowhere\/\.env: no such file/,
    ],
    [
      'a directory as --env-file',
      () => ['--env-file', temporary.path],
      /expected a file, this is a directory/,
    ],
    ['a variable without a name', () => ['--env', '1A', 'x'], /--env 1A \*\*\*: expected a variable name/],
    ['a missing --import', () => ['--import', './nowhere.ts'], /--import .*nowhere\.ts: no such file/],
    [
      'a missing Node',
      () => ['--node-executable', '/nowhere/node'],
      /--node-executable \/nowhere\/node: no such file/,
    ],
    [
      'a program that is no Node',
      () => ['--node-executable', '/bin/echo'],
      /does not answer --version as Node/,
    ],
    ['an option Node does not know', () => ['--node-option=--nonsense'], /refuses it: .*bad option/],
    ['an option that runs something else', () => ['--node-option=--eval=1'], /something else than the app/],
    ['a debugger on one port', () => ['--node-option=--inspect=9229'], /cannot share a port/],
    [
      'native loading before Node 22.18',
      () => ['--loader', 'native', '--node-executable', nodes[0] ?? ''],
      /--loader native: needs Node 22\.18 or later/,
    ],
    ['a loader that there is not', () => ['--loader', 'babel'], /--loader babel: expected one of auto, /],
  ])('%s', async (_, args, message) => {
    const { status, stderr } = await refuse(args());
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});

test('an --import that throws ends the start with its stack', async () => {
  const file = write('broken.ts', `\nthrow new Error('no collector');\n`);
  const { status, stderr } = await runExpress([
    ...['start-server', app, '--port', String(await findFreePort()), '--import', file],
    ...['--server-root', path.join(temporary.path, 'broken-root')],
  ]);
  expect(stderr).toMatch(/no collector/);
  expect(stderr).toMatch(/broken\.ts:2:7/);
  expect(status).toBe(1);
});
