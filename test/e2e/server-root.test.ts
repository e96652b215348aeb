/** What happens to the directory that a server lives in, when a start fails or several start at once. */
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { ExpressCommand, runExpress } from '../support/express-command.ts';
import { behavioursApp } from '../support/behaviours.ts';
import { findFreePort } from '../support/free-port.ts';
import { describeTree, runRefused } from '../support/refused-start.ts';
import { request } from '../support/http-request.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';

let temporary: ReturnType<typeof createTemporaryDirectory>;
let serverRoot: string;
let port: number;

beforeEach(async () => {
  temporary = createTemporaryDirectory();
  serverRoot = path.join(temporary.path, 'root');
  port = await findFreePort();
});

afterEach(() => {
  temporary.remove();
});

/** Writes a file beside the server root and answers its path. */
function write(name: string, text: string): string {
  const file = path.join(temporary.path, name);
  writeFileSync(file, text);
  return file;
}

function commandLine(command: string, ...args: readonly string[]): readonly string[] {
  return [
    command,
    '--host=127.0.0.1',
    `--port=${port}`,
    `--server-root=${serverRoot}`,
    behavioursApp,
    ...args,
  ];
}

describe('a new server root whose configuration httpd refuses', () => {
  /** What makes more than the usual files. */
  const storing = ['--acme=a.example.test', '--acme-contact=admin@example.test', '--acme-agree'];

  test.each([
    ['start-server', ['--https-self-signed']],
    ['setup-server', ['--https-self-signed']],
    ['setup-server', storing],
  ])('is removed again by %s %j', async (command, args) => {
    const include = write('wrong.conf', 'NoSuchDirective on\n');
    const https = `--https-port=${await findFreePort()}`;
    const { stderr } = await runRefused({
      args: commandLine(command, '--include-file', include, https, ...args),
    });
    expect(stderr).toContain('ERR_SUPERVISOR_CONFIG_TEST');
    expect(existsSync(serverRoot)).toBe(false);
  });

  test('stays where the directory was there before, empty and with the mode it had', async () => {
    mkdirSync(serverRoot, 0o700);
    const before = describeTree(serverRoot);
    const include = write('wrong.conf', 'NoSuchDirective on\n');
    await runRefused({ args: commandLine('setup-server', '--include-file', include) });
    expect(describeTree(serverRoot)).toEqual(before);
  });
});

describe('settings.json that is', () => {
  const file = () => path.join(serverRoot, 'settings.json');

  test.each([
    [
      'missing',
      () => {
        rmSync(file());
      },
      'no such file or directory',
    ],
    [
      'cut short',
      () => {
        truncateSync(file(), 100);
      },
      'it is damaged, expected an object in JSON',
    ],
  ])('%s is named, and written again as the error says', async (_, damage, problem) => {
    const args = commandLine('setup-server');
    await runExpress(args);
    const whole = readFileSync(file(), 'utf8');
    damage();
    const { stderr } = await runRefused({ args: ['run', '--server-root', serverRoot] });
    expect(stderr).toContain(`${file()}: ${problem} [ERR_SUPERVISOR_SETTINGS_FILE]`);
    expect(stderr).toMatch(/^express: hint: .*express setup-server/m);
    expect((await runExpress(['status', '--server-root', serverRoot])).stderr).not.toContain('error');
    expect((await runExpress(args)).status).toBe(0);
    expect(readFileSync(file(), 'utf8')).toBe(whole);
  });
});

describe('of several that start at once, one serves and the others say so', () => {
  async function expectOneOf(count: number): Promise<ExpressCommand> {
    const commands = Array.from({ length: count }, () => new ExpressCommand(commandLine('start-server')));
    const ready = commands.map((command) => command.waitForBanner().then(() => command));
    try {
      const server = await Promise.any(ready);
      for (const command of commands.filter((other) => other !== server)) {
        const { status, stderr } = await command.exited;
        expect(stderr).toContain('ERR_SUPERVISOR_RUNNING');
        expect(status).toBe(1);
      }
      expect((await request(`http://127.0.0.1:${port}/events?none`)).status).toBe(200);
      expect((await runExpress(['status', '--server-root', serverRoot])).stdout).toContain(
        `pid=${server.child.pid}`,
      );
      return server;
    } catch (error) {
      await Promise.all(commands.map((command) => command.stop('SIGKILL')));
      throw error;
    } finally {
      await Promise.allSettled(ready);
    }
  }

  test('where there was no server root, and after that server was killed', async () => {
    const first = await expectOneOf(4);
    await first.stop('SIGKILL');
    const second = await expectOneOf(4);
    expect((await second.stop()).status).toBe(0);
  });
});
