import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const bin = path.resolve(import.meta.dirname, '../bin/express.js');
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(EXPRESS_.*|PORT)$/.test(name)),
);

const detection = spawnSync(process.execPath, [bin, 'detect-httpd'], { encoding: 'utf8', env });
if (detection.status !== 0) process.stderr.write(`skipped, there is no httpd: ${detection.stderr}`);
const describeWithHttpd = detection.status === 0 ? describe : describe.skip;

let directory = '';
let port = '';
let running: ChildProcess | undefined;

beforeEach(async () => {
  directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'cli-')));
  chmodSync(directory, 0o755); // as root, the app's account must reach it
  writeFileSync(
    path.join(directory, 'app.mjs'),
    'export default (req, res) => res.end(`${req.url} ${process.env.GREETING}`);\n',
  );
  mkdirSync(path.join(directory, 'it\'s "50%" $a files'));
  writeFileSync(path.join(directory, 'it\'s "50%" $a files', 'page.txt'), 'a file');
  port = String(await findFreePort());
});

afterEach(async () => {
  if (running?.exitCode === null && running.signalCode === null) {
    running.kill('SIGTERM');
    await once(running, 'exit');
  }
  running = undefined;
  spawnSync(path.join(directory, 'root/apachectl'), ['stop']);
  rmSync(directory, { recursive: true, force: true });
});

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return free;
}

/** Starts and waits for the last line of the banner; what was printed instead when it ends before. */
async function start(...argv: readonly string[]): Promise<string> {
  const options = ['--port', port, '--host', '127.0.0.1', '--server-root', path.join(directory, 'root')];
  const started = spawn(process.execPath, [bin, 'start-server', ...argv, ...options], {
    cwd: directory,
    env,
  });
  running = started;
  let output = '';
  started.stderr.on('data', (chunk) => (output += String(chunk)));
  await Promise.race([
    once(started, 'exit'),
    new Promise<void>((resolve) => {
      started.stdout.on('data', (chunk) => {
        output += String(chunk);
        if (output.includes('Locale Setting')) resolve();
      });
    }),
  ]);
  return output;
}

async function get(urlPath: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${urlPath}`);
  return `${response.status} ${await response.text()}`;
}

function requireRunning(): ChildProcess {
  if (running === undefined) throw new Error('nothing was started');
  return running;
}

async function stop(): Promise<unknown> {
  const exited = once(requireRunning(), 'exit');
  running?.kill('SIGINT');
  return (await exited)[0];
}

describeWithHttpd('start-server', () => {
  test('serves an app and files whose paths need quoting, and exits with 0 when it is interrupted', async () => {
    const files = path.join(directory, 'it\'s "50%" $a files');
    const output = await start(
      '--url-alias',
      '/static',
      files,
      'app.mjs',
      '--setenv',
      'GREETING',
      'it\'s "$HOME" %d',
      '--document-root',
      files,
    );
    expect(output).toContain(`Server URL         : http://127.0.0.1:${port}/\n`);
    expect(await get('/x?y')).toBe('200 /x?y it\'s "$HOME" %d');
    expect(await get('/static/page.txt')).toBe('200 a file');
    expect(await get('/page.txt')).toBe('200 a file');
    expect(await stop()).toBe(0);
  });

  test('serves files without an app', async () => {
    expect(await start('--application-type', 'static', '--document-root', 'it\'s "50%" $a files')).toContain(
      'Operating Mode     : static',
    );
    expect(await get('/page.txt')).toBe('200 a file');
    expect(await get('/other')).toMatch(/^404 /);
    expect(await stop()).toBe(0);
  });

  test('ends with the reason when the app throws, and leaves nothing running', async () => {
    writeFileSync(path.join(directory, 'app.mjs'), "throw new Error('no database');\n");
    expect(await start('app.mjs')).toMatch(/express: error: .*app\.mjs.*no database/);
    expect(running?.exitCode).toBe(1);
    await expect(get('/')).rejects.toThrow('fetch failed');
  });

  test('refuses a port that is taken', async () => {
    const other = createServer().listen(Number(port), '127.0.0.1');
    await once(other, 'listening');
    expect(await start('app.mjs')).toMatch(
      new RegExp(`express: error: cannot listen on 127\\.0\\.0\\.1:${port}: .*\\(pid ${process.pid}\\)`),
    );
    other.close();
    await once(other, 'close');
  });
});

describeWithHttpd('setup-server', () => {
  const run = (file: string, ...argv: readonly string[]) =>
    spawnSync(file, argv, { cwd: directory, encoding: 'utf8', env });
  const apachectl = (verb: string) => run(path.join(directory, 'root/apachectl'), verb);

  test('starts nothing, and writes a control script that starts, asks and stops', async () => {
    const argv = [
      'setup-server',
      'app.mjs',
      '--port',
      port,
      '--server-root',
      'root',
      '--setenv',
      'GREETING',
      'hello',
    ];
    const { stdout, status } = run(process.execPath, bin, ...argv);
    expect({ stdout, status }).toEqual({
      stdout: expect.stringContaining(`Control Script     : ${directory}/root/apachectl\n`),
      status: 0,
    });
    expect(apachectl('configtest').status).toBe(0);
    expect(apachectl('status')).toMatchObject({ status: 3, stdout: expect.stringContaining('not running') });

    expect(apachectl('start')).toMatchObject({ status: 0, stderr: '' });
    expect(await get('/a')).toBe('200 /a hello');
    expect(apachectl('status')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^running pid=\d+ [^]*\nworker 1 ready pid=\d+/),
    });
    expect(apachectl('start')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('already running'),
    });
    expect(apachectl('graceful').status).toBe(0);
    expect(await get('/b')).toBe('200 /b hello');

    expect(apachectl('stop').status).toBe(0);
    expect(apachectl('status').status).toBe(3);
    await expect(get('/c')).rejects.toThrow('fetch failed');
  }, 30_000);
});
