/** `express start-server` as process 1, as in a container without an init. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { ExpressCommand } from '../support/express-command.ts';
import { findProcesses } from '../support/find-processes.ts';
import { findFreePort } from '../support/free-port.ts';
import { request } from '../support/http-request.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const launcher = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

const trial = spawnSync(launcher[0] ?? '', [...launcher.slice(1), 'true'], { encoding: 'utf8' });
if (trial.status !== 0)
  process.stderr.write(
    `skipped, no process namespace can be made here: ${trial.error?.message ?? trial.stderr}\n`,
  );
const testAsFirst = trial.status === 0 ? test : test.skip;

let temporary: ReturnType<typeof createTemporaryDirectory>;
let command: ExpressCommand | undefined;
let port: number;

beforeEach(async () => {
  temporary = createTemporaryDirectory();
  port = await findFreePort();
});

afterEach(async () => {
  await command?.stop('SIGKILL');
  command = undefined;
  await waitFor(() => findProcesses(temporary.path).length === 0, {
    within: 3000,
    what: 'every process to end',
  });
  temporary.remove();
});

/** Serves an app, given as text, as process 1. */
function start(app: string, ...args: readonly string[]): ExpressCommand {
  return startBy(launcher, app, ...args);
}

/** As a container does it: by the name of the command, whose first lines are a shell's. */
const byName = [...launcher, '/bin/sh', '-c', 'shift 2; exec "$@"', 'sh'];

function startBy(launcher: readonly string[], app: string, ...args: readonly string[]): ExpressCommand {
  const file = path.join(temporary.path, 'app.mjs');
  writeFileSync(file, app);
  const where = ['--host=127.0.0.1', `--port=${port}`, `--server-root=${path.join(temporary.path, 'root')}`];
  command = new ExpressCommand(['start-server', file, ...where, ...args], {
    launcher,
    env: { TEST_SERVER_MARK: temporary.path },
  });
  return command;
}

/** Signals process 1 from outside: unshare itself passes nothing on. */
function signalFirst(signal: NodeJS.Signals): void {
  process.kill(findFirst(), signal);
}

function findFirst(): number {
  return Number(childrenOf(command?.child.pid ?? 0)[0]);
}

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

const answersPid = 'export default (req, res) => res.end(`${process.pid} of ${process.ppid}`);';

testAsFirst(
  'signals are heard and the end is orderly',
  async () => {
    const { exited, ...first } = start(answersPid);
    await command?.waitForBanner();
    const url = `http://127.0.0.1:${port}`;
    const before = (await request(url)).text;
    signalFirst('SIGUSR1');
    await waitFor(async () => (await request(url)).text !== before, { within: 5000, what: 'a new worker' });
    signalFirst('SIGTERM');
    expect(await exited).toMatchObject({ status: 0, signal: null });
    expect(first.stderr).not.toContain('error');
  },
  30_000,
);

testAsFirst(
  'a start that fails has the status of its failure',
  async () => {
    const { status, stderr } = await start("throw new Error('no database');").exited;
    expect(status).toBe(1);
    expect(stderr).toContain('no database');
  },
  30_000,
);

testAsFirst(
  'SIGTERM while the app is starting ends it with 143',
  async () => {
    const { exited } = start('await new Promise((resolve) => setTimeout(resolve, 600_000));');
    await waitFor(() => findProcesses(temporary.path).some(({ command }) => command.includes('bridge')), {
      within: 10_000,
      what: 'the bridge',
    });
    signalFirst('SIGTERM');
    expect((await exited).status).toBe(143);
  },
  30_000,
);

testAsFirst(
  'SIGTERM while httpd is looked for is not lost',
  async () => {
    const httpd = path.join(temporary.path, 'httpd');
    writeFileSync(httpd, '#!/bin/sh\nkill -TERM 1\nsleep 1\nexec /usr/sbin/apache2 "$@"\n', { mode: 0o755 });
    expect((await start(answersPid, `--httpd-executable=${httpd}`).exited).status).toBe(143);
  },
  30_000,
);

testAsFirst(
  'what an app leaves behind is reaped, and the rest is as without a shell',
  async () => {
    const orphan = `import { spawn } from 'node:child_process';
      export default (req, res) => spawn('sh', ['-c', 'sleep 0.1 & sleep 0.1 &']).on('exit', () => res.end(String(process.pid)));`;
    const { exited } = startBy(byName, orphan);
    await command?.waitForBanner();
    const url = `http://127.0.0.1:${port}`;
    const before = (await request(url)).text;
    const first = findFirst();
    // The shell has one child of its own; what it inherited sleeps, ends and is waited for.
    await waitFor(() => childrenOf(first).length === 1, { within: 5000, what: 'orphans to be reaped' });
    signalFirst('SIGUSR1');
    await waitFor(async () => (await request(url)).text !== before, { within: 5000, what: 'a new worker' });
    signalFirst('SIGTERM');
    expect(await exited).toMatchObject({ status: 0, signal: null });
  },
  30_000,
);

testAsFirst(
  'a start that fails has the status of its failure behind a shell, too',
  async () => {
    const { status } = await startBy(byName, "throw new Error('no database');").exited;
    expect(status).toBe(1);
  },
  30_000,
);
