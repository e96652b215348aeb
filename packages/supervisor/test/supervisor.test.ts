import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { type RestartPolicyOptions } from '@httpd-express/bridge/restart-policy';
import { describe, expect, test } from '@jest/globals';

import { sendControl } from '../src/control-client.ts';
import { Supervisor } from '../src/supervisor.ts';
import {
  type FakeRoot,
  type FakeRootOptions,
  afterThisTest,
  createFakeRoot,
  fixturePath,
  waitFor,
} from './support.ts';

const QUICK = { initialDelayMs: 5, maximumDelayMs: 20 };

function createSupervisor(
  { settings }: FakeRoot,
  restart: Partial<RestartPolicyOptions> = QUICK,
): { supervisor: Supervisor; printed: string[] } {
  const printed: string[] = [];
  const supervisor = new Supervisor(settings, {
    bridgeMainPath: fixturePath('fake-bridge.mjs'),
    stdout: { write: (text) => printed.push(text) },
    restart,
  });
  afterThisTest(async () => {
    supervisor.stop();
    supervisor.stop('SIGTERM');
    await supervisor.run();
  });
  return { supervisor, printed };
}

async function startFake(options: FakeRootOptions = {}) {
  const root = await createFakeRoot(options);
  const { supervisor, printed } = createSupervisor(root);
  await supervisor.start();
  return { root, supervisor, printed, over: supervisor.run() };
}

async function expectNothingLeft(root: FakeRoot): Promise<void> {
  await waitFor(() => root.livePids().length === 0, 'every process to be gone', 2000);
  expect(await root.leftovers()).toEqual([]);
}

function fetchText(url: string): Promise<string> {
  return fetch(url).then((response) => response.text());
}

describe('start', () => {
  test('what looks at the server root before can refuse, and nothing is started', async () => {
    const root = await createFakeRoot();
    const refusal = new Error('not like this');
    const supervisor = new Supervisor(root.settings, { prepareStart: () => Promise.reject(refusal) });
    await expect(supervisor.start()).rejects.toBe(refusal);
    expect(root.events()).toEqual([]);
    await expectNothingLeft(root);
  });

  test('the bridge is started before httpd, and the banner comes when httpd answers', async () => {
    const { root, printed, supervisor, over } = await startFake();
    expect(await fetchText(root.settings.url)).toBe('fake');
    expect(root.events()).toEqual(['bridge start', 'httpd start']);
    expect(printed).toEqual(['the banner\n']);
    expect(readFileSync(join(root.settings.serverRoot, 'supervisor.pid'), 'utf8')).toBe(`${process.pid}\n`);
    supervisor.stop();
    expect(await over).toBe(0);
  });

  test('a server root without an app starts httpd alone', async () => {
    const root = await createFakeRoot();
    const settings = { ...root.settings };
    Reflect.deleteProperty(settings, 'bridge');
    const { supervisor } = createSupervisor({ ...root, settings });
    await supervisor.start();
    expect(root.events()).toEqual(['httpd start']);
    supervisor.stop();
    expect(await supervisor.run()).toBe(0);
  });

  test.each([
    ['httpd that dies', { httpd: 'dies' }, 'ERR_SUPERVISOR_HTTPD_START', 'Syntax error on line 7'],
    ['an app that throws', { app: 'fails' }, 'ERR_WORKER_APP_THREW', 'said by the app'],
    ['a bridge that exits', { app: 'exits' }, 'ERR_SUPERVISOR_BRIDGE_START', 'the bridge has a bug'],
  ] as const)(
    '%s is reported with what the log says, and nothing is left',
    async (_, options, code, tail) => {
      const root = await createFakeRoot(options);
      writeFileSync(root.settings.errorLogPath ?? '', 'an old line\n');
      const failure = createSupervisor(root).supervisor.start();
      await expect(failure).rejects.toMatchObject({ code, message: expect.stringContaining(tail) });
      await expect(failure).rejects.not.toThrow('an old line');
      await expectNothingLeft(root);
    },
  );

  test('time-outs as long as a timer can be are kept', async () => {
    const longest = 2 ** 31 - 1;
    const times = { gracefulTimeoutMs: longest, shutdownTimeoutMs: longest };
    const { root, supervisor, over } = await startFake({
      bridge: { ...times, startupTimeoutMs: longest },
      settings: times,
    });
    supervisor.stop();
    expect(await over).toBe(0);
    expect(root.events()).toContain('bridge stop');
  });

  test('httpd that dies at start gives its exit status', async () => {
    const root = await createFakeRoot({ httpd: 'dies' });
    await expect(createSupervisor(root).supervisor.start()).rejects.toMatchObject({ exitStatus: 3 });
  });

  test('a stop while the app is starting ends the start', async () => {
    const root = await createFakeRoot({ app: 'isSilent' });
    const { supervisor } = createSupervisor(root);
    const failure = expect(supervisor.start()).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_START_INTERRUPTED',
      exitStatus: 143,
    });
    await waitFor(() => root.events().includes('bridge start'), 'the bridge to start');
    supervisor.stop('SIGTERM');
    await failure;
    await expectNothingLeft(root);
  });

  test('a port that is taken is refused before anything starts', async () => {
    const root = await createFakeRoot();
    const other = createServer().listen(root.settings.listen.port, '127.0.0.1');
    afterThisTest(() => other.close());
    await waitFor(() => other.listening, 'the other program to listen');
    await expect(createSupervisor(root).supervisor.start()).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_PORT_IN_USE',
      message: expect.stringContaining(`pid ${process.pid}`),
    });
    expect(root.events()).toEqual([]);
  });

  test('a second supervisor of the same server root is refused with the pid of the first', async () => {
    const { root, supervisor, over } = await startFake();
    await expect(createSupervisor(root).supervisor.start()).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_RUNNING',
      message: expect.stringContaining(`pid ${process.pid}`),
    });
    expect(await fetchText(root.settings.url)).toBe('fake');
    supervisor.stop();
    await over;
  });

  test('an error log that cannot be opened is reported and nothing is left', async () => {
    const root = await createFakeRoot({ settings: { errorLogPath: '/nowhere/error_log' } });
    await expect(createSupervisor(root).supervisor.start()).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_ERROR_LOG',
    });
    await expectNothingLeft(root);
  });
});

describe('keeping it running', () => {
  test('a bridge that dies is started again, and its workers end with it', async () => {
    const { root, supervisor, over } = await startFake();
    const before = await supervisor.findStatus();
    const oldWorker = root.livePids().find((pid) => pid !== before.bridge?.pid && pid !== before.httpd.pid);
    process.kill(before.bridge?.pid ?? 0, 'SIGKILL');
    await waitFor(
      async () => isNewPid(before.bridge?.pid, (await supervisor.findStatus()).bridge?.pid),
      'a new bridge',
    );
    expect(root.livePids()).not.toContain(oldWorker);
    expect(root.log()).toContain('the bridge ended with signal SIGKILL; starting the bridge again');
    supervisor.stop();
    expect(await over).toBe(0);
    await expectNothingLeft(root);
  });

  test('a bridge that served for a second is started again without a pause, however often it dies', async () => {
    const root = await createFakeRoot();
    const { supervisor } = createSupervisor(root, {});
    await supervisor.start();
    for (let death = 1; death <= 2; death += 1) {
      const since = performance.now();
      await waitFor(() => performance.now() - since > 1100, 'a second of service', 2000);
      process.kill((await supervisor.findStatus()).bridge?.pid ?? 0, 'SIGKILL');
      await waitFor(
        () => root.log().split('the bridge runs again').length > death,
        'the bridge to run again',
        5000,
      );
    }
    expect(root.log().match(/starting the bridge again delayMs=\d+/g)).toEqual(
      Array.from({ length: 2 }, () => 'starting the bridge again delayMs=0'),
    );
  });

  test('httpd that is killed is started again, and its children end with it', async () => {
    const { root, supervisor, over } = await startFake();
    const before = await supervisor.findStatus();
    const pids = root.livePids();
    const childOfHttpd = pids[pids.indexOf(before.httpd.pid ?? 0) + 1] ?? 0;
    process.kill(before.httpd.pid ?? 0, 'SIGKILL');
    await waitFor(
      async () => isNewPid(before.httpd.pid, (await supervisor.findStatus()).httpd.pid),
      'a new httpd',
    );
    expect(await fetchText(root.settings.url)).toBe('fake');
    expect(childOfHttpd).toBeGreaterThan(0);
    await waitFor(() => !root.livePids().includes(childOfHttpd), 'the child of the killed httpd to end');
    supervisor.stop();
    expect(await over).toBe(0);
    await expectNothingLeft(root);
  });

  test('httpd that keeps dying is given up with its own status, and the bridge ends too', async () => {
    const { root, supervisor, over } = await startFake();
    root.setHttpd('dies');
    process.kill((await supervisor.findStatus()).httpd.pid ?? 0, 'SIGKILL');
    expect(await over).toBe(3);
    expect(root.log()).toContain('giving up');
    await expectNothingLeft(root);
  });

  test('an app that no longer starts is tried again while httpd stays up', async () => {
    const { root, supervisor, over } = await startFake({ app: 'failsTheSecondTime' });
    process.kill((await supervisor.findStatus()).bridge?.pid ?? 0, 'SIGKILL');
    await waitFor(
      () => root.log().split('the app threw; starting the bridge again').length > 3,
      'two more tries',
    );
    expect((await supervisor.findStatus()).httpd.state).toBe('running');
    supervisor.stop();
    expect(await over).toBe(0);
    await expectNothingLeft(root);
  });
});

describe('commands', () => {
  test('a reload tests the configuration, then tells httpd and the bridge', async () => {
    const { root, supervisor, over } = await startFake();
    await supervisor.reload();
    await waitFor(() => root.events().includes('httpd graceful'), 'httpd to be told');
    await waitFor(() => root.events().includes('bridge roll'), 'the bridge to be told');
    supervisor.stop();
    await over;
  });

  test('a reload of a wrong configuration leaves everything as it is', async () => {
    const { root, supervisor, over } = await startFake();
    root.setConfigTest(1);
    await expect(supervisor.reload()).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_CONFIG_TEST',
      message: expect.stringContaining('tested'),
    });
    expect(root.events()).toEqual(['bridge start', 'httpd start']);
    supervisor.stop();
    await over;
  });

  test.each(['graceful', 'restart'] as const)(
    'a %s that httpd would die of, because the disk is full, leaves everything as it is',
    async (command) => {
      const { root, supervisor, over } = await startFake();
      symlinkSync('/dev/full', join(root.settings.serverRoot, 'run/trial.pid'));
      await expect(sendControl(root.settings.serverRoot, command)).rejects.toMatchObject({
        code: 'ERR_SUPERVISOR_RUN_DIRECTORY',
        message: expect.stringContaining('the disk is full'),
      });
      expect(root.events()).toEqual(['bridge start', 'httpd start']);
      supervisor.stop();
      await over;
    },
  );

  test.each(['graceful', 'roll'] as const)(
    'a %s whose new workers do not start fails with the error of the app and the generations that serve',
    async (command) => {
      const { root, supervisor, over } = await startFake();
      writeFileSync(join(root.directory, 'refuse-roll'), '');
      await expect(sendControl(root.settings.serverRoot, command)).rejects.toMatchObject({
        code: 'ERR_SUPERVISOR_ROLL_FAILED',
        message:
          'the new workers could not start, generation 2 and 4 keep serving: the new app threw\n    at app.ts:3',
      });
      supervisor.stop();
      await over;
    },
  );

  test('a roll replaces all workers or the one that is named, and answers with the status', async () => {
    const { root, supervisor, over } = await startFake();
    const { serverRoot } = root.settings;
    expect(await sendControl(serverRoot, 'roll')).toMatchObject({ status: { state: 'running', serverRoot } });
    await sendControl(serverRoot, { command: 'roll', worker: 3 });
    await sendControl(serverRoot, { command: 'roll', evict: true });
    expect(root.rolls()).toEqual([{ evict: false }, { evict: false, worker: 3 }, { evict: true }]);
    supervisor.stop();
    await over;
  });

  test('a roll of a worker that is not there is reported as that', async () => {
    const { root, supervisor, over } = await startFake();
    await expect(
      sendControl(root.settings.serverRoot, { command: 'roll', worker: 99 }),
    ).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_NO_SUCH_WORKER',
      message: 'cannot replace worker 99: no worker of this number serves',
    });
    supervisor.stop();
    await over;
  });

  test('a roll of a bridge that is stopped fails, and commands after it get answers of their own', async () => {
    const { root, supervisor } = await startFake();
    const { bridge } = await supervisor.findStatus();
    const signal = (name: 'SIGSTOP' | 'SIGCONT') => process.kill(bridge?.pid ?? 0, name);
    signal('SIGSTOP');
    afterThisTest(() => signal('SIGCONT'));
    const roll = expect(supervisor.roll()).rejects.toMatchObject({ code: 'ERR_SUPERVISOR_BRIDGE_SILENT' });
    const reload = supervisor.reload();
    await roll;
    const next = expect(supervisor.roll({ worker: 99 })).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_NO_SUCH_WORKER',
    });
    signal('SIGCONT');
    await reload;
    await next;
    await waitFor(() => root.events().includes('httpd graceful'), 'httpd to be told');
  }, 20_000);

  test('a roll while the bridge is down is reported as that', async () => {
    const { root, supervisor, over } = await startFake({ app: 'failsTheSecondTime' });
    process.kill((await supervisor.findStatus()).bridge?.pid ?? 0, 'SIGKILL');
    await waitFor(
      async () => (await supervisor.findStatus()).bridge?.state !== 'running',
      'the bridge to be down',
    );
    await expect(sendControl(root.settings.serverRoot, 'roll')).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_BRIDGE_NOT_RUNNING',
    });
    supervisor.stop();
    await over;
  });

  test('where only files are served a roll has nothing to do, and no worker has a number', async () => {
    const root = await createFakeRoot();
    const settings = { ...root.settings };
    Reflect.deleteProperty(settings, 'bridge');
    const { supervisor } = createSupervisor({ ...root, settings });
    await supervisor.start();
    await supervisor.roll();
    await expect(supervisor.roll({ worker: 1 })).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_NO_SUCH_WORKER',
    });
    supervisor.stop();
    expect(await supervisor.run()).toBe(0);
  });

  test('a restart replaces httpd and the bridge', async () => {
    const { root, supervisor, over } = await startFake();
    const before = await supervisor.findStatus();
    await sendControl(root.settings.serverRoot, 'restart');
    const after = await supervisor.findStatus();
    expect(
      isNewPid(before.httpd.pid, after.httpd.pid) && isNewPid(before.bridge?.pid, after.bridge?.pid),
    ).toBe(true);
    expect(await fetchText(root.settings.url)).toBe('fake');
    supervisor.stop();
    expect(await over).toBe(0);
    await expectNothingLeft(root);
  });

  test('a restart that fails ends the supervisor with the status of httpd', async () => {
    const { root, over } = await startFake();
    root.setHttpd('dies');
    await expect(sendControl(root.settings.serverRoot, 'restart')).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_HTTPD_START',
    });
    expect(await over).toBe(3);
    await expectNothingLeft(root);
  });

  test('the status names the state and pid of each process', async () => {
    const { root, supervisor, over } = await startFake();
    const { status } = await sendControl(root.settings.serverRoot, 'status');
    expect(status).toMatchObject({
      pid: process.pid,
      state: 'running',
      httpd: { state: 'running', version: '2.4.99', pid: expect.any(Number) },
      bridge: { state: 'running', details: { queueLength: 0, workers: [] } },
    });
    supervisor.stop();
    await over;
  });

  test('a command while the app is starting is refused', async () => {
    const root = await createFakeRoot({ app: 'isSilent' });
    const { supervisor } = createSupervisor(root);
    const failure = expect(supervisor.start()).rejects.toMatchObject({ exitStatus: 0 });
    await waitFor(() => root.events().includes('bridge start'), 'the bridge to start');
    await expect(sendControl(root.settings.serverRoot, 'graceful')).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_NOT_READY',
    });
    await sendControl(root.settings.serverRoot, 'stop');
    await failure;
  });
});

describe('stop', () => {
  test('WebSockets are closed and httpd is drained, then the bridge is told', async () => {
    const { root, supervisor, over } = await startFake();
    supervisor.stop('SIGTERM');
    expect(await over).toBe(0);
    const events = root.events().slice(2);
    // Two processes hear of it, each in its own time: httpd waits for the sockets, whichever is first.
    expect(new Set(events.slice(0, 2))).toEqual(new Set(['bridge closeSockets', 'httpd graceful-stop']));
    expect(events.slice(2)).toEqual(['bridge stop']);
    await expectNothingLeft(root);
  });

  test('the stop command is answered when everything has ended', async () => {
    const { root, over } = await startFake();
    await sendControl(root.settings.serverRoot, 'stop');
    await expectNothingLeft(root);
    expect(await over).toBe(0);
  });

  test('a request that does not end is cut at graceful-timeout', async () => {
    const { root, supervisor, over } = await startFake({ settings: { gracefulTimeoutMs: 100 } });
    const cut = new Promise((resolve) => get(`${root.settings.url}slow`).on('error', resolve));
    const request = get(`${root.settings.url}slow`).on('error', () => undefined);
    await new Promise((resolve) => request.on('socket', (socket) => socket.on('connect', resolve)));
    supervisor.stop();
    expect(await over).toBe(0);
    await cut;
    expect(root.events()).toContain('httpd stop');
    await expectNothingLeft(root);
  });

  test('processes that ignore every request to end are killed at the deadlines', async () => {
    const { root, supervisor, over } = await startFake({
      httpd: 'stubborn',
      app: 'stubborn',
      settings: { gracefulTimeoutMs: 50, shutdownTimeoutMs: 50 },
      bridge: { shutdownTimeoutMs: 50 },
    });
    supervisor.stop();
    expect(await over).toBe(0);
    expect(root.events()).toEqual(expect.arrayContaining(['httpd stop', 'bridge SIGTERM']));
    await expectNothingLeft(root);
  });

  test('a second signal makes the waits short and is the exit status', async () => {
    const { root, supervisor, over } = await startFake({
      httpd: 'stubborn',
      app: 'stubborn',
      settings: { gracefulTimeoutMs: 600_000, shutdownTimeoutMs: 600_000 },
    });
    supervisor.stop('SIGINT');
    await waitFor(() => root.events().includes('httpd graceful-stop'), 'httpd to be told');
    supervisor.stop('SIGINT');
    expect(await over).toBe(130);
    await expectNothingLeft(root);
  });
});

function isNewPid(before: number | undefined, after: number | undefined): boolean {
  return after !== undefined && after !== before;
}
