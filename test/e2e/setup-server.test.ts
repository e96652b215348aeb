/** `express setup-server`, then the life of the server through the `apachectl` it wrote. */
import { randomUUID } from 'node:crypto';
import { appendFileSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { behavioursApp } from '../support/behaviours.ts';
import { type CommandResult, runExpress } from '../support/express-command.ts';
import { findProcesses } from '../support/find-processes.ts';
import { findFreePort } from '../support/free-port.ts';
import { request } from '../support/http-request.ts';
import { type ProgramResult, runProgram } from '../support/run-program.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const directory = createTemporaryDirectory();
const serverRoot = path.join(directory.path, 'root');
const apachectl = path.join(serverRoot, 'apachectl');
/** In the environment of every process that `start` leads to. */
const mark = `setup-${process.pid}-${randomUUID()}`;

let port: number;
let url: string;
let setup: CommandResult;

beforeAll(async () => {
  port = await findFreePort();
  url = `http://127.0.0.1:${port}`;
  copyFileSync(behavioursApp, path.join(directory.path, 'app.mjs'));
  // Relative to where it is set up, not to where it is started.
  setup = await runExpress(
    ['setup-server', 'app.mjs', '--server-root', './root', '--host', '127.0.0.1', '--port', String(port)],
    { cwd: directory.path },
  );
}, 60_000);

afterAll(() => {
  directory.remove();
});

/** Runs the script as a user does, from anywhere. */
function control(...args: string[]): Promise<ProgramResult> {
  return runProgram(apachectl, args, { cwd: '/', env: { ...process.env, TEST_SERVER_MARK: mark } });
}

async function start(): Promise<ProgramResult> {
  const result = await control('start');
  if (result.status !== 0) throw new Error(`start failed: ${result.stdout}${result.stderr}`);
  return result;
}

async function expectNothingLeft(): Promise<void> {
  await waitFor(() => findProcesses(mark).length === 0, {
    within: 5000,
    what: `every process to end: ${JSON.stringify(findProcesses(mark))}`,
  });
  await expect(request(url)).rejects.toThrow('ECONNREFUSED');
}

async function pidFromStatus(of: 'httpd' | 'bridge' | 'worker'): Promise<number> {
  const { stdout } = await control('status');
  return Number(new RegExp(`^${of} .*?pid=(\\d+)`, 'm').exec(stdout)?.[1]);
}

describe('setup-server', () => {
  test('says where everything is, and starts nothing', async () => {
    expect([setup.status, setup.stderr.includes('error')]).toEqual([0, false]);
    expect(setup.stdout).toContain(`Server Root        : ${serverRoot}`);
    expect(setup.stdout).toContain(`Environ Variables  : ${serverRoot}/envvars`);
    expect(setup.stdout).toContain(`Control Script     : ${apachectl}`);
    await expectNothingLeft();
    expect(findProcesses(serverRoot)).toEqual([]);
  });

  test('keeps everybody else out of the server root', () => {
    const modes = ['.', 'settings.json', 'apachectl', 'httpd.conf'].map(
      (name) => statSync(path.join(serverRoot, name)).mode & 0o077,
    );
    expect(modes.slice(1)).toEqual([0, 0, 0]);
    expect((modes[0] ?? 0) & ~0o011).toBe(0);
  });

  test('writes a configuration that httpd accepts on its own', async () => {
    const { stdout } = await runExpress(['detect-httpd', '--json']);
    const httpd = /"path": ?"([^"]+)"/.exec(stdout)?.[1] ?? '';
    const { status, stderr } = await runProgram(httpd, ['-t', '-f', `${serverRoot}/httpd.conf`], {
      cwd: '/',
      env: {},
    });
    expect([status, stderr.trim()]).toEqual([0, 'Syntax OK']);
  });

  test('leaves what the user changed when it is run again', async () => {
    const envvars = path.join(serverRoot, 'envvars');
    const before = readFileSync(envvars, 'utf8');
    appendFileSync(envvars, 'export FROM_ENVVARS=changed\n');
    const { status } = await runExpress(
      ['setup-server', 'app.mjs', '--server-root', './root', '--host', '127.0.0.1', '--port', String(port)],
      { cwd: directory.path },
    );
    expect(status).toBe(0);
    expect(readFileSync(envvars, 'utf8')).toContain('FROM_ENVVARS=changed');
    writeFileSync(envvars, before);
  });
});

describe('apachectl without a server', () => {
  test('configtest says that the syntax is fine', async () => {
    const { status, stdout, stderr } = await control('configtest');
    expect([status, `${stdout}${stderr}`.trim()]).toEqual([0, 'Syntax OK']);
  });

  test('configtest reports a mistake with the status of httpd', async () => {
    const conf = path.join(serverRoot, 'httpd.conf');
    const before = readFileSync(conf, 'utf8');
    appendFileSync(conf, 'NoSuchDirective on\n');
    const { status, stderr } = await control('configtest');
    writeFileSync(conf, before);
    expect([status, stderr]).toEqual([1, expect.stringContaining('NoSuchDirective')]);
  });

  test.each([
    ['stop', 0],
    ['graceful-stop', 0],
    ['status', 3],
  ])('%s says that nothing runs', async (verb, expected) => {
    const { status, stdout } = await control(verb);
    expect([status, stdout]).toEqual([expected, `not running in ${serverRoot}\n`]);
  });

  test('options of httpd are passed on', async () => {
    expect((await control('-V')).stdout).toMatch(/^Server version: Apache\/2\.4/m);
    const virtualHosts = await control('-S');
    expect(virtualHosts.stdout + virtualHosts.stderr).toContain(`Main ErrorLog: "${serverRoot}/error_log"`);
  });

  test('no command and unknown commands are usage errors', async () => {
    const usage = await control();
    expect([usage.status, usage.stderr]).toEqual([64, expect.stringContaining('usage: ')]);
    const unknown = await control('strat');
    expect(unknown.status).not.toBe(0);
    await expectNothingLeft();
  });

  test('start fails, says why and leaves nothing when the port is taken', async () => {
    const other = createServer().listen(port, '127.0.0.1');
    const { status, stderr } = await control('start');
    await new Promise((resolve) => other.close(resolve));
    expect(status).not.toBe(0);
    expect(stderr).toContain(`cannot listen on 127.0.0.1:${port}`);
    await expectNothingLeft();
  });

  test('start fails, says why and leaves nothing when the app does not load', async () => {
    const app = path.join(directory.path, 'app.mjs');
    writeFileSync(app, 'throw new Error("not today")');
    const { status, stderr } = await control('start');
    copyFileSync(behavioursApp, app);
    expect(status).not.toBe(0);
    expect(stderr).toContain('not today');
    await expectNothingLeft();
  });
});

describe('apachectl', () => {
  afterEach(async () => {
    await control('stop');
    await expectNothingLeft();
  }, 30_000);

  test('start returns when the app answers; status tells of every process; stop ends them', async () => {
    expect((await start()).stdout).toMatch(new RegExp(`^started in ${serverRoot} \\(pid \\d+\\)\n$`));
    expect((await request(`${url}/end`)).text).toBe('hello');
    const { status, stdout } = await control('status');
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^running pid=\\d+ url=${url}/$`, 'm'));
    expect(stdout).toMatch(/^httpd running pid=\d+ version=2\.4\.\d+$/m);
    expect(stdout).toMatch(/^bridge running pid=\d+ .*queue=0\b/m);
    expect(stdout).toMatch(/^worker 1 ready pid=\d+ .*in-flight=0 sockets=0 requests=1 /m);
    expect(await control('stop')).toMatchObject({ status: 0, stderr: '' });
    await expectNothingLeft();
    expect((await control('status')).status).toBe(3);
  }, 30_000);

  test('a second start is refused with the pid of the first, which goes on', async () => {
    const pid = /pid (\d+)/.exec((await start()).stdout)?.[1] ?? '';
    const second = await control('start');
    expect(second.status).not.toBe(0);
    expect(second.stderr).toContain('it is already running');
    expect(second.stderr).toContain(pid);
    expect((await request(`${url}/end`)).text).toBe('hello');
  }, 30_000);

  test('setting up and starting again is refused while it runs', async () => {
    await start();
    const { status, stderr } = await runExpress(
      ['start-server', 'app.mjs', '--server-root', './root', '--host', '127.0.0.1', '--port', String(port)],
      { cwd: directory.path },
    );
    expect(status).not.toBe(0);
    expect(stderr).toContain('it is already running');
    expect((await request(`${url}/end`)).text).toBe('hello');
  }, 30_000);

  test('graceful replaces the workers, and no request of a busy client fails', async () => {
    await start();
    const before = (await request(`${url}/pid`)).text;
    const client = startClient();
    await client.waitForRequests(50);
    expect(await control('graceful')).toMatchObject({ status: 0, stderr: '' });
    await client.waitForRequests(50);
    const failures = await client.stop();
    expect(failures).toEqual([]);
    expect((await request(`${url}/pid`)).text).not.toBe(before);
  }, 60_000);

  test('graceful lets a request that is under way finish', async () => {
    await start();
    const slow = request(`${url}/sleep?1500`);
    await waitForInFlight();
    expect((await control('graceful')).status).toBe(0);
    expect((await slow).text).toBe('slept 1500');
  }, 60_000);

  test('graceful keeps serving as it was when the configuration is wrong, and says so', async () => {
    await start();
    const conf = path.join(serverRoot, 'httpd.conf');
    const before = readFileSync(conf, 'utf8');
    appendFileSync(conf, 'NoSuchDirective on\n');
    const { status, stderr } = await control('graceful');
    writeFileSync(conf, before);
    expect(status).not.toBe(0);
    expect(stderr).toContain('NoSuchDirective');
    expect((await request(`${url}/end`)).text).toBe('hello');
  }, 60_000);

  test('restart starts everything anew', async () => {
    await start();
    const before = [
      await pidFromStatus('httpd'),
      await pidFromStatus('bridge'),
      await pidFromStatus('worker'),
    ];
    expect((await control('restart')).status).toBe(0);
    const after = [
      await pidFromStatus('httpd'),
      await pidFromStatus('bridge'),
      await pidFromStatus('worker'),
    ];
    expect(new Set([...before, ...after]).size).toBe(6);
    expect((await request(`${url}/end`)).text).toBe('hello');
  }, 60_000);

  test.each(['restart', 'graceful'])(
    '%s starts what does not run',
    async (verb) => {
      expect((await control(verb)).status).toBe(0);
      expect((await request(`${url}/end`)).text).toBe('hello');
    },
    30_000,
  );

  test.each(['stop', 'graceful-stop'])(
    '%s lets a request that is under way finish',
    async (verb) => {
      await start();
      const slow = request(`${url}/sleep?1500`);
      await waitForInFlight();
      expect((await control(verb)).status).toBe(0);
      expect((await slow).text).toBe('slept 1500');
    },
    30_000,
  );

  test('a minimal environment and another directory are enough', async () => {
    const bare = { cwd: '/', env: { PATH: '/usr/bin:/bin' } };
    expect(await runProgram(apachectl, ['start'], bare)).toMatchObject({ status: 0, stderr: '' });
    const pids = await Promise.all((['httpd', 'bridge', 'worker'] as const).map(pidFromStatus));
    expect((await request(`${url}/end`)).text).toBe('hello');
    expect(await runProgram(apachectl, ['stop'], bare)).toMatchObject({ status: 0, stderr: '' });
    await waitFor(() => pids.every((pid) => !isAlive(pid)), {
      within: 5000,
      what: `the end of ${String(pids)}`,
    });
  }, 30_000);

  test('envvars reaches the app', async () => {
    const envvars = path.join(serverRoot, 'envvars');
    const before = readFileSync(envvars, 'utf8');
    appendFileSync(envvars, "FROM_ENVVARS='a b'; export FROM_ENVVARS\n");
    try {
      await start();
      expect((await request(`${url}/environment?FROM_ENVVARS`)).text).toBe('a b');
    } finally {
      writeFileSync(envvars, before);
    }
  }, 30_000);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // ESRCH
  }
}

/** Waits until a request has reached a worker. */
async function waitForInFlight(): Promise<void> {
  await waitFor(async () => (await control('status')).stdout.includes('in-flight=1'), {
    within: 5000,
    what: 'the request to be in flight',
  });
}

/** Four clients that ask all the time, each request on a connection of its own. */
function startClient() {
  const failures: string[] = [];
  let requests = 0;
  let isOver = false;
  const run = async (): Promise<void> => {
    while (!isOver) {
      await request(`${url}/later`).then(
        ({ status, text }) => {
          if (status !== 200 || text !== 'one two') failures.push(`${status} ${text}`);
        },
        (error: unknown) => failures.push(String(error)),
      );
      requests++;
    }
  };
  const clients = Array.from({ length: 4 }, run);
  return {
    waitForRequests: async (count: number): Promise<void> => {
      const goal = requests + count;
      await waitFor(() => requests >= goal, { within: 20_000, what: `${count} more requests` });
    },
    stop: async (): Promise<string[]> => {
      isOver = true;
      await Promise.all(clients);
      return failures;
    },
  };
}
