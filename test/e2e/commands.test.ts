/** `express status`, `reload`, `stop` and `workers`, as a person uses them from another terminal. */
import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { type CommandResult, ExpressCommand, runExpress } from '../support/express-command.ts';
import { ExpressServer } from '../support/express-server.ts';
import { findProcesses } from '../support/find-processes.ts';
import { request } from '../support/http-request.ts';
import { runProgram } from '../support/run-program.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const uid = process.getuid?.() ?? 0;

/** The temporary directory of every command here, so that servers of other tests are not found. */
let temporary: ReturnType<typeof createTemporaryDirectory>;
let app: string;

beforeAll(() => {
  temporary = createTemporaryDirectory();
  app = path.join(temporary.path, 'app.mjs');
});

afterAll(() => {
  temporary.remove();
});

function express(...args: readonly string[]): Promise<CommandResult> {
  return runExpress(args, { env: { TMPDIR: temporary.path } });
}

/** Where `start-server` would put it by itself. */
function defaultRoot(number: number): string {
  return path.join(temporary.path, `httpd-express-127.0.0.1:${number}:${uid}`);
}

test('the command of a clone may be called by a link to a link to it', async () => {
  const [first, second] = ['first', 'second'].map((name) => path.join(temporary.path, name)) as [
    string,
    string,
  ];
  symlinkSync(path.join(import.meta.dirname, '../../express'), first);
  symlinkSync('first', second);
  expect(await runProgram(second, ['--version'])).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    stderr: '',
  });
});

function writeApp(version: string): void {
  writeFileSync(app, `export default (req, res) => res.end(\`${version} \${process.pid}\`);\n`);
}

async function start(number = 1): Promise<ExpressServer> {
  writeApp('one');
  return ExpressServer.start([app, '--disable-reloading', '--processes', '2'], {
    serverRoot: defaultRoot(number),
    env: { TMPDIR: temporary.path },
  });
}

describe('without a running server', () => {
  test('status says so and exits with 3', async () => {
    const { status, stdout, stderr } = await express('status');
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    expect(stdout).toMatch(/^nothing runs: /);
    expect(JSON.parse((await express('status', '--json')).stdout)).toMatchObject({ state: 'stopped' });
  });

  test('stop has nothing to do', async () => {
    expect(await express('stop')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^nothing runs: /),
    });
    const missing = path.join(temporary.path, 'missing');
    expect(await express('stop', '--server-root', missing)).toMatchObject({
      status: 0,
      stdout: `nothing runs in ${missing}\n`,
    });
  });

  test.each(['reload', 'workers'])('%s fails and says what to do', async (command) => {
    const { status, stderr } = await express(command);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^express: error: nothing runs: .*\nexpress: hint: name its directory with --server-root/,
    );
  });
});

describe('with one running server', () => {
  let server: ExpressServer;

  beforeEach(async () => {
    server = await start();
  }, 30_000);

  afterEach(async () => {
    if (!server.command.hasExited) await server.stop();
  }, 30_000);

  async function readStatus(): Promise<{ bridge: { details: BridgeDetails } }> {
    return JSON.parse((await express('status', '--json')).stdout) as { bridge: { details: BridgeDetails } };
  }

  test('status has a line for each process, or JSON', async () => {
    await request(server.url);
    const { status, stdout } = await express('status');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^running pid=\d+ url=http:\/\/127\.0\.0\.1:\d+\/$/m);
    expect(stdout).toMatch(/^httpd running pid=\d+ version=2\.4\.\d+$/m);
    expect(stdout).toMatch(/^bridge running pid=\d+ generation=1 queue=0 restarts=none$/m);
    expect(stdout.match(/^worker \d ready pid=\d+ generation=1 up=\d+s in-flight=0 /gm)).toHaveLength(2);
    expect(await readStatus()).toMatchObject({
      pid: server.command.child.pid,
      state: 'running',
      serverRoot: server.serverRoot,
      bridge: { details: { generation: 1, workers: [{ state: 'ready' }, { state: 'ready' }] } },
    });
  }, 30_000);

  test('reload serves what is on disk now, and one that does not start leaves the old version', async () => {
    writeApp('two');
    expect(await express('reload')).toMatchObject({ status: 0, stdout: 'generation 2 serves\n', stderr: '' });
    expect((await request(server.url)).text).toMatch(/^two /);

    writeFileSync(app, "const config = {};\nthrow new Error('no database in ' + typeof config);\n");
    const failed = await express('reload');
    expect(failed).toMatchObject({ status: 1, stdout: '' });
    expect(failed.stderr).toMatch(
      /^express: error: the new workers could not start, generation 2 keeps serving: .*no database in object \[ERR_SUPERVISOR_ROLL_FAILED\]\n/,
    );
    expect(failed.stderr).toMatch(/^ +at .*app\.mjs:2:7/m);
    expect((await request(server.url)).text).toMatch(/^two /);
    expect((await express('status')).stdout).toMatch(/^last failure: .*no database in object$/m);

    writeApp('three');
    expect(await express('reload')).toMatchObject({ status: 0, stdout: 'generation 3 serves\n' });
    expect((await request(server.url)).text).toMatch(/^three /);
    expect((await express('status')).stdout).not.toContain('last failure');
  }, 60_000);

  test('workers lists them, and replaces the one that is named', async () => {
    const { stdout } = await express('workers');
    expect(stdout.match(/^worker \d+ ready .*$/gm)).toHaveLength(2);
    const [first, second] = (await readStatus()).bridge.details.workers;
    expect(await express('workers', '--restart', String(first?.id))).toMatchObject({
      status: 0,
      stdout: `worker ${first?.id} was replaced\n`,
    });
    const { generation, restarts, workers } = (await readStatus()).bridge.details;
    const ready = workers.filter(({ state }) => state === 'ready').map(({ pid }) => pid);
    expect(ready).toHaveLength(2);
    expect(ready).toContain(second?.pid);
    expect(ready).not.toContain(first?.pid);
    expect({ generation, restarts }).toEqual({ generation: 1, restarts: { restart: 1 } });
  }, 30_000);

  test('a worker that is not there is an error, and a number that is none a mistake', async () => {
    const missing = await express('workers', '--restart', '99');
    expect(missing).toMatchObject({ status: 1 });
    expect(missing.stderr).toContain('cannot replace worker 99: no worker of this number serves');
    expect(await express('workers', '--restart', 'first')).toMatchObject({ status: 2 });
  }, 30_000);

  test('stop ends it, and the command that started it ends with 0', async () => {
    expect(await express('stop', '--server-root', server.serverRoot)).toMatchObject({
      status: 0,
      stdout: `stopped in ${server.serverRoot}\n`,
    });
    expect((await server.command.exited).status).toBe(0);
    expect((await express('status', '--server-root', server.serverRoot)).status).toBe(3);
    await server.stop();
  }, 30_000);

  test('start-server takes over at once from a supervisor that was killed', async () => {
    server.command.child.kill('SIGKILL');
    await server.command.exited;
    const successor = new ExpressCommand(
      [
        'start-server',
        app,
        '--host=127.0.0.1',
        `--port=${server.port}`,
        `--server-root=${server.serverRoot}`,
      ],
      { env: { TMPDIR: temporary.path, TEST_SERVER_MARK: server.mark } },
    );
    await successor.waitForBanner();
    expect((await request(server.url)).text).toMatch(/^one /);
    expect((await successor.stop()).status).toBe(0);
    await waitFor(() => findProcesses(server.mark).length === 0, {
      within: 3000,
      what: 'every process to end',
    });
  }, 30_000);

  test('which one is meant must be said when a second one runs', async () => {
    const second = await start(2);
    try {
      const unclear = await express('reload');
      expect(unclear.status).toBe(2);
      expect(unclear.stderr).toContain(`2 run: ${server.serverRoot}, ${second.serverRoot}`);
      expect(await express('reload', '--server-root', second.serverRoot)).toMatchObject({ status: 0 });
      expect((await readStatusOf(server)).bridge.details.generation).toBe(1);
      expect((await readStatusOf(second)).bridge.details.generation).toBe(2);
    } finally {
      await second.stop();
    }
  }, 60_000);

  async function readStatusOf({ serverRoot }: ExpressServer): ReturnType<typeof readStatus> {
    const { stdout } = await express('status', '--json', '--server-root', serverRoot);
    return JSON.parse(stdout) as Awaited<ReturnType<typeof readStatus>>;
  }
});

/** The part of `status --json` that is looked at here. */
interface BridgeDetails {
  readonly generation: number;
  readonly restarts: Readonly<Record<string, number>>;
  readonly workers: readonly { readonly id: number; readonly pid: number; readonly state: string }[];
}
