/** A `PidFile` in a file that is included: httpd would write its pid where nobody looks for it, or where another server has its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { behavioursApp } from '../support/behaviours.ts';
import { runExpress } from '../support/express-command.ts';
import { ExpressServer } from '../support/express-server.ts';
import { findFreePort } from '../support/free-port.ts';
import { request } from '../support/http-request.ts';
import { runRefused } from '../support/refused-start.ts';
import { runProgram } from '../support/run-program.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';

let temporary: ReturnType<typeof createTemporaryDirectory>;
let include: string;
let serverRoot: string;
/** A process that is not ours, in whose pid file httpd would write. */
let other: ChildProcess;

beforeEach(() => {
  temporary = createTemporaryDirectory();
  include = path.join(temporary.path, 'include.conf');
  serverRoot = path.join(temporary.path, 'root');
  other = spawn('sleep', ['600']);
  writeFileSync(otherPidFile(), `${other.pid}\n`);
  writeFileSync(include, '');
});

afterEach(() => {
  other.kill('SIGKILL');
  temporary.remove();
});

function otherPidFile(): string {
  return path.join(temporary.path, 'other.pid');
}

/** What makes the configuration wrong from now on. */
function includePidFile(): void {
  writeFileSync(include, `PidFile ${otherPidFile()}\n`);
}

function expectOtherUntouched(): void {
  expect([other.exitCode, other.signalCode]).toEqual([null, null]);
  expect(readFileSync(otherPidFile(), 'utf8')).toBe(`${other.pid}\n`);
}

async function commandLine(command: string): Promise<readonly string[]> {
  const where = ['--host=127.0.0.1', `--port=${await findFreePort()}`, `--server-root=${serverRoot}`];
  return [command, ...where, `--include-file=${include}`, behavioursApp];
}

test.each(['start-server', 'setup-server'])('%s refuses it at once', async (command) => {
  includePidFile();
  const { stderr } = await runRefused({ args: await commandLine(command), timeoutMs: 10_000 });
  expect(stderr).toContain(
    `httpd would write its pid to ${otherPidFile()}: expected PidFile to be ${serverRoot}/run/`,
  );
  expect(stderr).toMatch(/^express: hint: .*--include-file/m);
  expect(existsSync(serverRoot)).toBe(false);
  expectOtherUntouched();
});

test('apachectl start refuses it where it came after the set-up', async () => {
  expect((await runExpress(await commandLine('setup-server'))).status).toBe(0);
  includePidFile();
  const { status, stderr } = await runProgram(path.join(serverRoot, 'apachectl'), ['start']);
  expect(status).toBe(1);
  expect(stderr).toContain('ERR_SUPERVISOR_PID_FILE');
  expectOtherUntouched();
});

test('a server that runs refuses to reload with it, goes on, and stops', async () => {
  const server = await ExpressServer.start([behavioursApp, '--include-file', include]);
  let stopped;
  try {
    includePidFile();
    for (const verb of ['graceful', 'restart'])
      expect(await runProgram(path.join(server.serverRoot, 'apachectl'), [verb])).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('ERR_SUPERVISOR_PID_FILE'),
      });
    expect((await request(server.url, { path: '/events?none' })).status).toBe(200);
  } finally {
    stopped = await server.stop();
  }
  expect(stopped.status).toBe(0);
  expectOtherUntouched();
});
