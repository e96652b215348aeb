import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { startInBackground } from '../src/background.ts';
import { sendControl } from '../src/control-client.ts';
import {
  type FakeRoot,
  type FakeRootOptions,
  collectOutput,
  createFakeRoot,
  fixturePath,
  isAlive,
  startFixture,
  waitFor,
} from './support.ts';

// A supervisor that is a process of its own runs the built package.

async function startSupervise(options: FakeRootOptions = {}) {
  return startInPlaceOf(await createFakeRoot(options));
}

function startInPlaceOf(root: FakeRoot) {
  const child = startFixture('supervise.mjs', root.settings.serverRoot, fixturePath('fake-bridge.mjs'));
  const exit = once(child, 'exit').then(([status]) => status as number);
  const output = collectOutput(child);
  return { root, child, exit, output };
}

async function startReady(options: FakeRootOptions = {}) {
  const started = await startSupervise(options);
  await waitFor(() => started.output().includes('the banner'), 'the banner');
  return started;
}

/** What was killed takes a moment to be gone. */
function expectNothingRuns(root: FakeRoot): Promise<void> {
  return waitFor(() => root.livePids().length === 0, 'every process to be gone', 2000);
}

describe('signals', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends everything with status 0', async (signal) => {
    const { root, child, exit } = await startReady();
    child.kill(signal);
    expect(await exit).toBe(0);
    await expectNothingRuns(root);
    expect(await root.leftovers()).toEqual([]);
  });

  test('a second SIGINT forces and ends with 130', async () => {
    const { root, child, exit } = await startReady({
      httpd: 'stubborn',
      settings: { gracefulTimeoutMs: 600_000, shutdownTimeoutMs: 600_000 },
    });
    child.kill('SIGINT');
    await waitFor(() => root.events().includes('httpd graceful-stop'), 'httpd to be told');
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    await expectNothingRuns(root);
  });

  test('SIGTERM while the app is starting ends with 143', async () => {
    const { root, child, exit } = await startSupervise({ app: 'isSilent' });
    await waitFor(() => root.events().includes('bridge start'), 'the bridge to start');
    child.kill('SIGTERM');
    expect(await exit).toBe(143);
    await expectNothingRuns(root);
  });

  test.each([
    ['SIGHUP', ['httpd graceful', 'bridge roll']],
    ['SIGUSR1', ['bridge roll']],
    ['SIGUSR2', ['bridge signal']],
  ] as const)('%s is passed on as %j', async (signal, expected) => {
    const { root, child, exit } = await startReady();
    child.kill(signal);
    await waitFor(() => expected.every((event) => root.events().includes(event)), 'the events');
    expect(root.events().slice(2).sort()).toEqual([...expected].sort());
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });

  test('SIGUSR1 evicts', async () => {
    const { root, child, exit } = await startReady();
    child.kill('SIGUSR1');
    await waitFor(() => root.rolls().length > 0, 'the roll');
    expect(root.rolls()).toEqual([{ evict: true }]);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });

  test('a reload that fails is written to the log, and the service goes on', async () => {
    const { root, child, exit } = await startReady();
    root.setConfigTest(1);
    child.kill('SIGHUP');
    await waitFor(() => root.log().includes('httpd refuses the configuration'), 'the line in the log');
    child.kill('SIGWINCH');
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });

  test('a reader of stdout that goes away does not end the service', async () => {
    const { root, child, exit } = await startSupervise();
    child.stdout?.destroy();
    const { serverRoot } = root.settings;
    await waitFor(() => existsSync(join(serverRoot, 'supervisor.pid')), 'the pid file');
    // It is made a moment before the state is said to be what it says.
    const state = async () => (await sendControl(serverRoot, 'status')).status?.state;
    await waitFor(async () => (await state()) === 'running', 'the state');
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });
});

describe('failures', () => {
  test('a supervisor that is killed leaves nothing running, and the next one starts in its place', async () => {
    const { root, child, exit } = await startReady();
    child.kill('SIGKILL');
    await exit;
    await waitFor(() => root.livePids().length === 0, 'every process to be gone', 3000);
    const next = startInPlaceOf(root);
    await waitFor(() => next.output().includes('the banner'), 'the banner');
    next.child.kill('SIGTERM');
    expect(await next.exit).toBe(0);
    await expectNothingRuns(root);
    expect(await root.leftovers()).toEqual([]);
  });

  test('httpd that dies at start ends us with its status and its words', async () => {
    const { root, exit, output } = await startSupervise({ httpd: 'dies' });
    expect(await exit).toBe(3);
    expect(output()).toContain('Syntax error on line 7');
    expect(output()).not.toContain('the banner');
    await expectNothingRuns(root);
  });
});

describe('in the background', () => {
  function backgroundOf(root: { settings: { serverRoot: string }; directory: string }) {
    const argv = [
      process.execPath,
      fixturePath('supervise.mjs'),
      root.settings.serverRoot,
      fixturePath('fake-bridge.mjs'),
    ] as const;
    return { argv, logPath: join(root.directory, 'startup_log') } as const;
  }

  test('the pid is returned once everything is up, and stop ends it', async () => {
    const root = await createFakeRoot();
    const pid = await startInBackground(backgroundOf(root));
    expect((await sendControl(root.settings.serverRoot, 'status')).status).toMatchObject({
      pid,
      state: 'running',
    });
    await sendControl(root.settings.serverRoot, 'stop');
    await waitFor(() => !isAlive(pid), 'the supervisor to end');
    await expectNothingRuns(root);
  });

  test('a start that fails is reported with what was printed', async () => {
    const root = await createFakeRoot({ httpd: 'dies' });
    await expect(startInBackground(backgroundOf(root))).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_BACKGROUND_START',
      exitStatus: 3,
      message: expect.stringContaining('Syntax error on line 7'),
    });
    await expectNothingRuns(root);
  });

  test('a program that does not exist is reported by name', async () => {
    const root = await createFakeRoot();
    await expect(startInBackground({ ...backgroundOf(root), argv: ['/nowhere/node'] })).rejects.toMatchObject(
      {
        code: 'ERR_SUPERVISOR_PROCESS_START',
      },
    );
  });

  test('a starter that ends before everything is up takes the supervisor with it', async () => {
    const root = await createFakeRoot({ app: 'isSilent' });
    const starter = startFixture('start-in-background.mjs', JSON.stringify(backgroundOf(root)));
    await waitFor(() => root.events().includes('bridge start'), 'the bridge to start');
    starter.kill('SIGKILL');
    await waitFor(() => root.livePids().length === 0, 'everything to end');
    await waitFor(async () => (await root.leftovers()).length === 0, 'the sockets to go');
  });
});
