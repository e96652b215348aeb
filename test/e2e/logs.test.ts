import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { runExpress } from '../support/express-command.ts';
import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const APP = `
import { setTimeout as delay } from 'node:timers/promises';
console.log('loaded');
export default async (req, res) => {
  const { pathname, searchParams } = new URL(req.url, 'http://x');
  if (pathname === '/print') {
    console.log('before', searchParams.get('text'));
    await delay(20);
    console.error(new Error('deliberate'));
  }
  if (pathname === '/flood') for (let i = 0; i < 300_000; i += 1) console.log('flood '.repeat(20));
  if (pathname === '/body') { req.on('data', () => console.log('a piece')); req.resume(); await delay(20); }
  res.end('done');
};
`;

let directory: ReturnType<typeof createTemporaryDirectory>;
let app: string;
beforeAll(() => {
  directory = createTemporaryDirectory();
  app = path.join(directory.path, 'app.mjs');
  writeFileSync(app, APP);
});
afterAll(() => {
  directory.remove();
});

describe('the logs of a server', () => {
  let server: ExpressServer;
  const log = (name: string): string => readFileSync(path.join(server.serverRoot, name), 'utf8');
  const linesOf = (name: string): string[] => log(name).split('\n');

  beforeAll(async () => {
    server = await ExpressServer.start([
      app,
      ...['--access-log', '--access-log-format', 'json', '--access-log-name', 'access.json'],
      ...['--error-log-name', 'errors.log', '--log-level', 'info', '--startup-log'],
    ]);
  });
  afterAll(async () => {
    await server.stop();
  });

  test('cannot take the place of anything else in the server root', async () => {
    const logs = new Set(['access.json', 'errors.log', 'startup_log']);
    const names = readdirSync(server.serverRoot).filter((name) => !logs.has(name));
    expect(names).toEqual(expect.arrayContaining(['envvars', 'control.sock']));
    const attempt = (name: string) =>
      runExpress(['setup-server', app, '--server-root', server.serverRoot, '--access-log-name', name]);
    for (const name of names)
      expect([name, await attempt(name)]).toMatchObject([
        name,
        { status: 2, stderr: expect.stringContaining('the server root has itself') },
      ]);
  });

  /** The entry of the access log for a path, once it is there. */
  async function accessOf(target: string): Promise<Record<string, unknown>> {
    const find = () =>
      linesOf('access.json')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .find((entry) => entry['path'] === target);
    await waitFor(() => find() !== undefined, { within: 5000, what: `${target} in the access log` });
    return find() ?? {};
  }

  test('say of what the app prints when, how bad, by which worker and for which request', async () => {
    await request(`${server.url}/print?text=hello`);
    const { id, status, query } = await accessOf('/print');
    expect([status, query]).toEqual([200, '?text=hello']);
    await waitFor(() => log('errors.log').includes('deliberate'), { within: 5000, what: 'the error' });
    const head = String.raw`\[\d{4}-\d\d-\d\dT[\d:.]+Z\] \[app:(?:info|error)\] \[pid \d+\] \[worker 1\]`;
    const text = log('errors.log');
    expect(text).toMatch(new RegExp(`^${head} loaded$`, 'm'));
    expect(text).toMatch(new RegExp(`^${head} \\[request ${String(id)}\\] before hello$`, 'm'));
    expect(text).toMatch(
      new RegExp(`^${head} \\[request ${String(id)}\\] Error: deliberate\\n {8}at .*app\\.mjs`, 'm'),
    );
    expect(text).not.toMatch(/AH01071|proxy_fcgi:error/);
  });

  test('are not forged by what clients send', async () => {
    const text = 'a\n[Mon Jan 01 00:00:00 2026] [core:error] forged\x1b[2J';
    await request(`${server.url}/print?text=${encodeURIComponent(text)}`);
    await waitFor(() => log('errors.log').includes('forged'), { within: 5000, what: 'the line' });
    expect(log('errors.log')).toContain('\n    [Mon Jan 01 00:00:00 2026] [core:error] forged\\x1b[2J\n');
    await request(`${server.url}/odd`, { headers: { 'user-agent': 'q"b\\x41\\\\x\t\xe9' } });
    expect(await accessOf('/odd')).toMatchObject({ agent: 'q"b\\x41\\\\x\t\xe9' });
  });

  test('know the request in the events of its body', async () => {
    await request(`${server.url}/body`, { method: 'POST', body: 'x' });
    const { id } = await accessOf('/body');
    await waitFor(() => log('errors.log').includes(`[request ${String(id)}] a piece`), {
      within: 5000,
      what: 'the line of the body',
    });
  });

  test('survive a worker that floods them', async () => {
    const flood = request(`${server.url}/flood`);
    expect((await request(`${server.url}/server-root-answers`)).text).toBe('done');
    expect((await flood).text).toBe('done');
    await waitFor(() => (log('errors.log').match(/ flood /g)?.length ?? 0) >= 300_000, {
      within: 10_000,
      what: 'every line of the flood',
    });
    const odd = linesOf('errors.log').filter(
      (line) => line.includes('flood') && !/^\[.*\] (flood ){20}$/.test(line),
    );
    expect(odd).toEqual([]);
  });

  test('begin with a startup log, which the banner names', () => {
    expect(server.command.stdout).toContain(`Startup Log File   : ${server.serverRoot}/startup_log\n`);
    expect(server.command.stdout).toContain(`Error Log File     : ${server.serverRoot}/errors.log (info)\n`);
    expect(readdirSync(server.serverRoot)).toContain('startup_log');
  });
});

test('logs that have grown are rotated, and old ones removed', async () => {
  const server = await ExpressServer.start([
    app,
    ...['--access-log', '--rotate-logs', '--max-log-size', '2KB', '--max-log-files', '3'],
  ]);
  const files = (name: string): string[] =>
    readdirSync(server.serverRoot)
      .filter((file) => file.startsWith(name))
      .sort();
  try {
    await waitFor(
      async () => {
        await Promise.all(
          Array.from({ length: 20 }, () => request(`${server.url}/print?text=${'x'.repeat(100)}`)),
        );
        return files('error_log').length === 3 && files('access_log').length === 3;
      },
      { within: 15_000, what: 'rotated logs', pauseMs: 300 },
    );
    expect(files('error_log')).toEqual(['error_log', 'error_log.1', 'error_log.2']);
    expect(files('access_log')).toEqual(['access_log', 'access_log.1', 'access_log.2']);
    expect(readFileSync(path.join(server.serverRoot, 'error_log.1'), 'utf8')).toMatch(/\] before x{100}\n/);
  } finally {
    await server.stop();
  }
});

test.each([
  [['--access-log-format', 'a % b'], 'a format in which % begins a directive'],
  [['--access-log-format', 'a\nErrorLog /x'], 'without line breaks'],
  [['--error-log-name', '../x'], 'without slashes'],
  [['--error-log-name', 'access_log'], 'is the file of'],
  [['--max-log-size', '1'.repeat(30)], 'a size'],
  [['--max-log-files', '1'], 'from 2 to'],
  [['--rotatelogs-executable', '/nonexistent/rotatelogs'], 'no such file'],
])('%j is refused', async (args, message) => {
  const { status, stderr } = await runExpress([
    'setup-server',
    app,
    '--server-root',
    `${directory.path}/none`,
    ...args,
  ]);
  expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
});
