/** What signals do to a running server, and what it does when one of its processes is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { ExpressCommand, expressPath } from '../support/express-command.ts';
import { ExpressServer, type ListenOptions } from '../support/express-server.ts';
import { findProcesses } from '../support/find-processes.ts';
import { findFreePort } from '../support/free-port.ts';
import { type Response, request } from '../support/http-request.ts';
import { runProgram } from '../support/run-program.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const app = path.join(import.meta.dirname, '../fixtures/apps/signals.ts');

interface State {
  readonly pid: number;
  readonly userSignals: number;
}

let temporary: ReturnType<typeof createTemporaryDirectory>;
/** Workers that start while it exists break. */
let broken: string;
/** What reached the app. */
let received: string;
let server: ExpressServer;

beforeEach(() => {
  temporary = createTemporaryDirectory();
  broken = path.join(temporary.path, 'broken');
  received = path.join(temporary.path, 'received');
  writeFileSync(received, '');
  chmodSync(received, 0o666);
});

afterEach(() => {
  // Nothing, unless a test failed.
  for (const { pid } of findProcesses(temporary.path)) process.kill(pid, 'SIGKILL');
  temporary.remove();
});

async function start(args: readonly string[] = [], options: ListenOptions = {}): Promise<ExpressServer> {
  server = await ExpressServer.start([app, ...args], {
    ...options,
    env: { BROKEN: broken, RECEIVED: received },
  });
  return server;
}

/** What the worker that answers says of itself. */
async function stateOf({ url }: { url: string }): Promise<State> {
  const { status, text } = await request(`${url}/state`);
  if (status !== 200) throw new Error(`/state answered ${status}`);
  return JSON.parse(text) as State;
}

/** Sends a request and waits until the app has it; the answer is still to come. */
async function begin(target: string, url = server.url): Promise<{ answer: Promise<Response> }> {
  const answer = request(url + target);
  answer.catch(() => undefined); // a test that expects this asks for it
  const [pathname = ''] = target.split('?');
  await waitFor(() => readFileSync(received, 'utf8').includes(pathname), {
    within: 5000,
    what: `${target} to reach the app`,
  });
  return { answer };
}

/** The pids that `apachectl status` tells. */
async function pidsOf({
  serverRoot,
}: {
  serverRoot: string;
}): Promise<Record<'httpd' | 'bridge' | 'worker', number>> {
  const { stdout } = await runProgram(path.join(serverRoot, 'apachectl'), ['status']);
  const find = (line: RegExp): number => Number(line.exec(stdout)?.[1]);
  return {
    httpd: find(/^httpd .*pid=(\d+)/m),
    bridge: find(/^bridge .*pid=(\d+)/m),
    worker: find(/^worker \d+ ready pid=(\d+)/m),
  };
}

/** Sockets and pid files of a server root. */
function findLeftovers(serverRoot: string): string[] {
  return readdirSync(serverRoot, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(sock|pid|new)$/.test(name),
  );
}

/** Waits for the end of a server that was told to stop, and checks that nothing is left. */
async function expectOrderlyEnd(status: number): Promise<void> {
  expect(await server.command.exited).toMatchObject({
    status,
    signal: null,
    stderr: expect.not.stringContaining('bug'),
  });
  await expectNothingRuns();
  expect(findLeftovers(server.serverRoot)).toEqual([]);
  await expect(request(server.url)).rejects.toThrow('ECONNREFUSED');
}

async function expectNothingRuns({ mark } = server): Promise<void> {
  await waitFor(() => findProcesses(mark).length === 0, {
    within: 3000,
    what: `every process to end: ${JSON.stringify(findProcesses(mark))}`,
  });
}

async function waitForAnswer(within: number): Promise<void> {
  await waitFor(
    async () =>
      request(`${server.url}/state`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    {
      within,
      what: 'the server to answer again',
    },
  );
}

async function waitForClosedPort(): Promise<void> {
  const isClosed = async (): Promise<boolean> =>
    request(`${server.url}/state`).then(
      () => false,
      () => true,
    );
  await waitFor(isClosed, { within: 2000, what: 'the port to close' });
}

/** Keeps two clients busy until `work` is done; answers the statuses they saw, and how many requests that were. */
async function keepBusy(
  work: () => Promise<unknown>,
): Promise<{ statuses: Set<number | string>; count: number }> {
  const statuses = new Set<number | string>();
  let count = 0;
  let isDone = false;
  const client = async (): Promise<void> => {
    while (!isDone) {
      statuses.add(await request(`${server.url}/slow?ms=5`).then(({ status }) => status, String));
      count += 1;
    }
  };
  const clients = [client(), client()];
  await work().finally(() => (isDone = true));
  await Promise.all(clients);
  return { statuses, count };
}

describe('an orderly stop', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s lets the request in flight finish and ends with status 0',
    async (signal) => {
      const { command } = await start();
      const { answer } = await begin('/slow?ms=1000');
      command.child.kill(signal);
      expect(await answer).toMatchObject({ status: 200, text: expect.stringContaining('slow') });
      await expectOrderlyEnd(0);
    },
    20_000,
  );

  test('no new request is taken while it goes on', async () => {
    const { command } = await start();
    const { answer } = await begin('/slow?ms=1500');
    command.child.kill('SIGTERM');
    await waitForClosedPort();
    expect((await answer).status).toBe(200);
    await expectOrderlyEnd(0);
  }, 20_000);

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'a second %s forces the end with status %i',
    async (signal, status) => {
      const { command } = await start(['--graceful-timeout=60', '--shutdown-timeout=60']);
      const { answer } = await begin('/hang');
      command.child.kill(signal);
      await waitForClosedPort();
      const forcedAt = performance.now();
      command.child.kill(signal);
      await expectOrderlyEnd(status);
      expect(performance.now() - forcedAt).toBeLessThan(5000);
      expect(
        await answer.then(
          ({ status: seen }) => seen,
          () => 'reset',
        ),
      ).not.toBe(200);
    },
    30_000,
  );

  test.each([
    ['never answers', '/hang'],
    ['blocks the event loop', '/block'],
  ])(
    'a request that %s delays it by no more than graceful and shutdown time-out',
    async (_what, target) => {
      const { command } = await start(['--graceful-timeout=1', '--shutdown-timeout=1']);
      await begin(target);
      const toldAt = performance.now();
      command.child.kill('SIGTERM');
      await expectOrderlyEnd(0);
      expect(performance.now() - toldAt).toBeLessThan(4500);
    },
    20_000,
  );

  test('SIGTERM while the app is loading ends with 143 and leaves nothing', async () => {
    const slow = path.join(temporary.path, 'slow.mts');
    writeFileSync(
      slow,
      `console.error('loading');\nawait new Promise((resolve) => setTimeout(resolve, 60_000));\n`,
    );
    const port = await findFreePort();
    const serverRoot = path.join(temporary.path, 'root');
    const mark = `signals-${process.pid}-${port}`;
    const command = new ExpressCommand(
      ['start-server', '--host=127.0.0.1', `--port=${port}`, `--server-root=${serverRoot}`, slow],
      { env: { TEST_SERVER_MARK: mark } },
    );
    await waitFor(() => findProcesses(mark).some((each) => /\(express:[^)]*\)$/.test(each.command)), {
      within: 5000,
      what: 'the worker to start',
    });
    command.child.kill('SIGTERM');
    expect(await command.exited).toMatchObject({ status: 143, stdout: '' });
    await waitFor(() => findProcesses(mark).length === 0, { within: 3000, what: 'every process to end' });
    expect(findLeftovers(serverRoot)).toEqual([]);
  }, 20_000);
});

describe('new workers', () => {
  test.each(['SIGHUP', 'SIGUSR1'] as const)(
    '%s replaces every worker, and no request fails',
    async (signal) => {
      await start(['--processes=2']);
      const before = await pidsOf(server);
      const old = (await stateOf(server)).pid;
      const { statuses, count } = await keepBusy(async () => {
        server.command.child.kill(signal);
        const isNew = (): boolean =>
          !findProcesses(server.mark).some(({ pid }) => pid === old || pid === before.worker);
        // To look at every process takes the clients, who are in this one, their time.
        await waitFor(isNew, { within: 15_000, what: 'the old workers to end', pauseMs: 100 });
      });
      expect([...statuses]).toEqual([200]);
      expect(count).toBeGreaterThan(5);
      const after = await pidsOf(server);
      expect(after.httpd).toBe(before.httpd);
      expect(after.bridge).toBe(before.bridge);
      expect(after.worker).not.toBe(before.worker);
      expect((await server.stop()).status).toBe(0);
    },
    30_000,
  );

  test.each(['SIGHUP', 'SIGUSR1'] as const)(
    'that break on %s leave the old one in place',
    async (signal) => {
      await start();
      const { pid } = await stateOf(server);
      writeFileSync(broken, '');
      const { statuses } = await keepBusy(async () => {
        server.command.child.kill(signal);
        await waitFor(() => server.errorLog.includes('the new workers could not start'), {
          within: 10_000,
          what: 'the log to say so',
        });
      });
      expect([...statuses]).toEqual([200]);
      expect((await stateOf(server)).pid).toBe(pid);
      expect(server.errorLog).toContain('broken on demand');
      rmSync(broken);
      server.command.child.kill(signal);
      await waitFor(async () => (await stateOf(server)).pid !== pid, {
        within: 10_000,
        what: 'the mended app',
      });
      expect((await server.stop()).status).toBe(0);
    },
    30_000,
  );

  test('are not made by SIGHUP while the configuration is wrong', async () => {
    const include = path.join(temporary.path, 'include.conf');
    writeFileSync(include, '# fine\n');
    await start([`--include-file=${include}`]);
    const { pid } = await stateOf(server);
    writeFileSync(include, 'NoSuchDirective on\n');
    server.command.child.kill('SIGHUP');
    await waitFor(() => server.errorLog.includes('refuses the configuration'), {
      within: 10_000,
      what: 'the log to say so',
    });
    expect((await stateOf(server)).pid).toBe(pid);
    writeFileSync(include, 'Redirect 302 /old http://127.0.0.1/new\n');
    server.command.child.kill('SIGHUP');
    await waitFor(async () => (await stateOf(server)).pid !== pid, { within: 10_000, what: 'new workers' });
    expect((await server.stop()).status).toBe(0);
  }, 30_000);
});

describe('signals that stop nothing', () => {
  test('SIGUSR2 reaches the app, SIGWINCH nobody', async () => {
    await start();
    const before = { ...(await stateOf(server)), ...(await pidsOf(server)) };
    server.command.child.kill('SIGWINCH');
    server.command.child.kill('SIGUSR2');
    await waitFor(async () => (await stateOf(server)).userSignals === 1, {
      within: 5000,
      what: 'SIGUSR2 in the app',
    });
    expect({ ...(await stateOf(server)), ...(await pidsOf(server)) }).toEqual({ ...before, userSignals: 1 });
    expect((await server.stop()).status).toBe(0);
  }, 20_000);
});

describe('a process that is killed', () => {
  test.each(['worker', 'bridge', 'httpd'] as const)(
    'the %s is started again, and the server answers within seconds',
    async (name) => {
      await start();
      const before = await pidsOf(server);
      process.kill(before[name], 'SIGKILL');
      await waitFor(() => !findProcesses(server.mark).some(({ pid }) => pid === before[name]), {
        within: 2000,
        what: 'it to be gone',
      });
      await waitForAnswer(5000);
      await waitFor(async () => Number.isInteger((await pidsOf(server))[name]), {
        within: 3000,
        what: 'its pid',
      });
      expect((await pidsOf(server))[name]).not.toBe(before[name]);
      if (name !== 'httpd') expect((await pidsOf(server)).httpd).toBe(before.httpd);
      expect(server.errorLog).toMatch(/SIGKILL/);
      expect((await server.stop()).status).toBe(0);
    },
    30_000,
  );

  test('a request that its worker took with it is answered 502', async () => {
    await start();
    const { answer } = await begin('/hang');
    process.kill((await pidsOf(server)).worker, 'SIGKILL');
    expect((await answer).status).toBe(502);
    expect((await server.stop()).status).toBe(0);
  }, 20_000);

  test('httpd that dies again and again ends everything, with its status and the reason', async () => {
    const include = path.join(temporary.path, 'include.conf');
    writeFileSync(include, '# fine\n');
    await start([`--include-file=${include}`]);
    writeFileSync(include, 'NoSuchDirective on\n');
    process.kill((await pidsOf(server)).httpd, 'SIGKILL');
    const { status, stderr } = await server.command.exited;
    expect(status).toBe(1);
    expect(stderr).toContain("Invalid command 'NoSuchDirective'");
    await expectNothingRuns();
    expect(findLeftovers(server.serverRoot)).toEqual([]);
  }, 40_000);
});

describe('a supervisor that is killed', () => {
  test.each([
    ['idle', '/state'],
    ['stuck in a loop', '/block'],
  ])(
    'takes everything with it, also a worker that is %s, and its server root can be used again',
    async (_what, target) => {
      const { command, port, serverRoot, mark } = await start();
      if (target === '/block') await begin(target);
      command.child.kill('SIGKILL');
      await expectNothingRuns();
      const again = new ExpressCommand(
        ['start-server', app, '--host=127.0.0.1', `--port=${port}`, `--server-root=${serverRoot}`],
        { env: { TEST_SERVER_MARK: mark } },
      );
      await again.waitForBanner();
      expect((await stateOf(server)).userSignals).toBe(0);
      expect((await again.stop()).status).toBe(0);
      await expectNothingRuns();
      expect(findLeftovers(serverRoot)).toEqual([]);
    },
    30_000,
  );

  test('is no hindrance to apachectl', async () => {
    const { command, serverRoot, mark } = await start();
    command.child.kill('SIGKILL');
    await expectNothingRuns();
    const env = { ...process.env, TEST_SERVER_MARK: mark };
    const control = (verb: string) => runProgram(path.join(serverRoot, 'apachectl'), [verb], { env });
    expect(await control('status')).toMatchObject({ status: 3 });
    expect(await control('start')).toMatchObject({ status: 0, stderr: '' });
    expect((await stateOf(server)).userSignals).toBe(0);
    expect(await control('stop')).toMatchObject({ status: 0, stderr: '' });
    await expectNothingRuns();
  }, 30_000);
});

describe('the terminal', () => {
  test('a reader of the output that goes away does not end the server', async () => {
    const port = await findFreePort();
    const mark = `signals-${process.pid}-${port}`;
    const command = [process.execPath, expressPath, 'start-server', app, '--host=127.0.0.1', `--port=${port}`]
      .concat(`--server-root=${path.join(temporary.path, 'root')}`)
      .map((word) => `'${word}'`)
      .join(' ');
    const shell = spawn('sh', ['-c', `{ ${command}; echo "status $?" >&2; } | head -n 1`], {
      env: { ...process.env, TEST_SERVER_MARK: mark },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { output, ended } = collect(shell);
    await waitFor(() => output().includes('Server URL'), { within: 10_000, what: 'the first line' });
    await waitFor(() => !findProcesses(mark).some((each) => each.command.startsWith('head')), {
      within: 2000,
      what: 'head to end',
    });
    const supervisor =
      findProcesses(mark).find((each) => each.command.startsWith(process.execPath))?.pid ?? 0;
    const url = `http://127.0.0.1:${port}`;
    const { pid } = await stateOf({ url });
    process.kill(supervisor, 'SIGUSR1');
    await waitFor(async () => (await stateOf({ url })).pid !== pid, {
      within: 10_000,
      what: 'the new worker',
    });
    process.kill(supervisor, 'SIGTERM');
    await ended;
    expect(output()).toContain('status 0');
    await waitFor(() => findProcesses(mark).length === 0, { within: 3000, what: 'every process to end' });
  }, 30_000);

  test('a warning that cannot be written does not keep the server from starting', async () => {
    const launcher = ['sh', '-c', 'exec "$@" 2>/dev/full', 'sh'];
    await start([], { launcher, env: { EXPRESS_PROT: '1' } });
    expect((await stateOf(server)).userSignals).toBe(0);
    server.command.child.kill('SIGTERM');
    await expectOrderlyEnd(0);
  }, 20_000);

  test('SIGINT to the whole process group, as Ctrl-C sends it, still lets requests finish', async () => {
    const { command } = await start([], { launcher: ['setsid'] });
    const { answer } = await begin('/slow?ms=1000');
    process.kill(-(command.child.pid ?? NaN), 'SIGINT');
    expect((await answer).status).toBe(200);
    await expectOrderlyEnd(0);
  }, 20_000);

  /** A server on a terminal of its own, whose keyboard is `stdin`. */
  async function startOnTerminal(): Promise<{
    url: string;
    mark: string;
    keyboard: ChildProcess;
    output: () => string;
    ended: Promise<unknown>;
  }> {
    const port = await findFreePort();
    const mark = `signals-${process.pid}-${port}`;
    const command = [process.execPath, expressPath, 'start-server', app, '--host=127.0.0.1', `--port=${port}`]
      .concat(`--server-root=${path.join(temporary.path, 'root')}`)
      .map((word) => `'${word}'`)
      .join(' ');
    const keyboard = spawn('script', ['-qec', `${command}; echo "status $?"`, '/dev/null'], {
      env: { ...process.env, TEST_SERVER_MARK: mark, RECEIVED: received },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { output, ended } = collect(keyboard);
    await waitFor(() => output().includes('Locale Setting'), {
      within: 10_000,
      what: `the banner: ${output()}`,
    });
    return { url: `http://127.0.0.1:${port}`, mark, keyboard, output, ended };
  }

  test('Ctrl-C ends the server once the request in flight is answered', async () => {
    const { url, mark, keyboard, ended } = await startOnTerminal();
    const { answer } = await begin('/slow?ms=1000', url);
    keyboard.stdin?.write('\x03');
    expect((await answer).status).toBe(200);
    await waitFor(() => findProcesses(mark).length === 0, { within: 5000, what: 'every process to end' });
    await ended;
  }, 30_000);

  test('a terminal that is closed ends the server', async () => {
    const { mark, keyboard, ended } = await startOnTerminal();
    keyboard.kill('SIGKILL');
    await ended;
    await waitFor(() => findProcesses(mark).length === 0, {
      within: 8000,
      what: `every process to end: ${JSON.stringify(findProcesses(mark))}`,
    });
  }, 30_000);
});

function collect(child: ChildProcess): { output: () => string; ended: Promise<unknown> } {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return { output: () => text, ended: new Promise((resolve) => child.on('close', resolve)) };
}
