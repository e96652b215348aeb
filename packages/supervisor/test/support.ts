import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach } from '@jest/globals';
import { type BridgeSettings } from '@httpd-express/bridge/messages';

import { prepareServerRoot } from '../src/server-root.ts';
import { formatSettings } from '../src/settings-file.ts';
import { type SupervisorSettings } from '../src/supervisor-settings.ts';

const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Runs `step` after the test that is going on. */
export function afterThisTest(step: () => unknown): void {
  undo.push(step);
}

/** A directory that is removed after the test. */
export function createTemporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'hxs-'));
  afterThisTest(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

/** Polls until `condition` holds. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A port nobody listens on now. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as { port: number }).port);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}

type HttpdMode = 'serves' | 'stubborn' | 'dies';
type AppMode = 'serves' | 'stubborn' | 'fails' | 'failsTheSecondTime' | 'exits' | 'isSilent';

/** A server root whose httpd and bridge are those of `fixtures/`. */
export interface FakeRoot {
  readonly settings: SupervisorSettings;
  /** Where the fixtures write. */
  readonly directory: string;
  readonly setHttpd: (mode: HttpdMode) => void;
  readonly setConfigTest: (status: number) => void;
  readonly events: () => string[];
  /** What each roll asked of the bridge. */
  readonly rolls: () => unknown[];
  readonly log: () => string;
  /** Pids of everything the fixtures started that still runs. */
  readonly livePids: () => number[];
  /** Names of sockets and pid files that are left. */
  readonly leftovers: () => Promise<string[]>;
}

export interface FakeRootOptions {
  readonly httpd?: HttpdMode;
  readonly app?: AppMode;
  readonly settings?: Partial<SupervisorSettings>;
  readonly bridge?: Partial<BridgeSettings>;
}

export async function createFakeRoot(options: FakeRootOptions = {}): Promise<FakeRoot> {
  const directory = createTemporaryDirectory();
  const root = await prepareServerRoot({ path: join(directory, 'root') });
  const port = await findFreePort();
  const apachectlPath = join(root.path, 'apachectl');
  const writeApachectl = (mode: HttpdMode, configTestStatus: number) => {
    const httpd = [process.execPath, fixturePath('fake-httpd.mjs'), directory, port, mode].join(' ');
    const text = `#!/bin/sh\n[ "$1" = -t ] && { echo tested; exit ${configTestStatus}; }\nexec ${httpd}\n`;
    writeFileSync(apachectlPath, text, { mode: 0o755 });
  };
  const settings: SupervisorSettings = {
    serverRoot: root.path,
    apachectlPath,
    httpdPath: '/fake/httpd',
    httpdVersion: '2.4.99',
    listen: { host: '127.0.0.1', port },
    url: `http://127.0.0.1:${port}/`,
    errorLogPath: join(directory, 'error_log'),
    gracefulTimeoutMs: 5000,
    shutdownTimeoutMs: 5000,
    banner: 'the banner\n',
    bridge: createBridgeSettings(directory, root.socketPath, root.workerSocketDirectory, options),
    ...options.settings,
  };
  await root.writeFiles([formatSettings(settings)]);
  writeApachectl(options.httpd ?? 'serves', 0);
  const lines = (name: string) => {
    const path = join(directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  };
  const livePids = () => lines('pids').map(Number).filter(isAlive);
  afterThisTest(() => {
    for (const pid of livePids()) process.kill(pid, 'SIGKILL');
  });
  return {
    settings,
    directory,
    setHttpd: (mode) => {
      writeApachectl(mode, 0);
    },
    setConfigTest: (status) => {
      writeApachectl(options.httpd ?? 'serves', status);
    },
    events: () => lines('events'),
    rolls: () => lines('rolls').map((line): unknown => JSON.parse(line)),
    log: () => lines('error_log').join('\n'),
    livePids,
    leftovers: async () => {
      const names = await readdir(root.path, { recursive: true });
      return names.filter((name) => /\.(sock|pid)$/.test(name));
    },
  };
}

function createBridgeSettings(
  directory: string,
  socketPath: string,
  workerSocketDirectory: string,
  { app = 'serves', bridge = {} }: FakeRootOptions,
): BridgeSettings {
  return {
    socketPath,
    upgradeSocketPath: `${socketPath}.upgrade`,
    socketMode: 0o600,
    workerSocketDirectory,
    app: { kind: 'script', entry: app, mountPoint: '/' },
    launch: { nodeOptions: [], imports: [], envDefaults: {}, envFiles: [] },
    workingDirectory: directory,
    env: { DIR: directory },
    processGroup: 'test',
    publicAddress: { address: '127.0.0.1', port: 80 },
    processes: 1,
    concurrency: 1,
    maxQueueLength: 1,
    queueTimeoutMs: 0,
    requestTimeoutMs: 0,
    startupTimeoutMs: 0,
    gracefulTimeoutMs: 1000,
    shutdownTimeoutMs: 1000,
    deadlockTimeoutMs: 0,
    maxBodyBytes: 0,
    sendfileRoots: [],
    keepAliveIntervalMs: 1000,
    evictionTimeoutMs: 0,
    recycling: {
      interruptTimeoutMs: 0,
      maximumRequests: 0,
      restartIntervalMs: 0,
      inactivityTimeoutMs: 0,
      cpuTimeLimitMs: 0,
      memoryLimitBytes: 0,
    },
    ignoreActivity: [],
    memoryHardLimitBytes: 0,
    reloadOn: 'nothing',
    reloadSurge: 1,
    debugErrors: false,
    ...bridge,
  };
}

/** Whether a process runs; one that has ended and waits for its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false; // gone between the two, or from the start
  }
}

/** A node process that runs a fixture; killed after the test. */
export function startFixture(name: string, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [fixturePath(name), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  afterThisTest(() => child.kill('SIGKILL'));
  return child;
}

/** The output of a child so far. */
export function collectOutput(child: ChildProcess): () => string {
  let text = '';
  const add = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => text;
}
