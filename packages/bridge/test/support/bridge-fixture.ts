import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Bridge } from '../../src/bridge.ts';
import { type BridgeSettings, type RecyclingLimits } from '../../src/messages.ts';
import { HttpdPeer } from './httpd-peer.ts';

const scriptedWorker = path.join(import.meta.dirname, '../fixtures/scripted-worker.mjs');

const noLimits: RecyclingLimits = {
  interruptTimeoutMs: 0,
  maximumRequests: 0,
  restartIntervalMs: 0,
  inactivityTimeoutMs: 0,
  cpuTimeLimitMs: 0,
  memoryLimitBytes: 0,
};

/** What a test wants different. */
export type SettingsChanges = Partial<
  Omit<BridgeSettings, 'recycling' | 'upgradeSocketPath'> & { recycling: Partial<RecyclingLimits> }
>;

/** A bridge over scripted workers in a temporary directory. */
export class BridgeFixture {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'bridge-'));
  readonly bridge: Bridge;
  readonly settings: BridgeSettings & { readonly upgradeSocketPath: string };
  readonly #peers: HttpdPeer[] = [];

  constructor(changes: SettingsChanges = {}) {
    this.settings = {
      socketPath: path.join(this.directory, 'fcgi.sock'),
      upgradeSocketPath: path.join(this.directory, 'upgrade.sock'),
      socketMode: 0o600,
      workerSocketDirectory: this.directory,
      app: { kind: 'script', entry: '/app.ts', mountPoint: '/' },
      workingDirectory: this.directory,
      launch: { nodeOptions: [], imports: [], envDefaults: {}, envFiles: [] },
      processGroup: 'test',
      publicAddress: { address: '127.0.0.1', port: 8000 },
      processes: 1,
      concurrency: 10,
      maxQueueLength: 10,
      queueTimeoutMs: 5000,
      requestTimeoutMs: 5000,
      startupTimeoutMs: 5000,
      gracefulTimeoutMs: 2000,
      shutdownTimeoutMs: 1000,
      deadlockTimeoutMs: 0,
      maxBodyBytes: 0,
      sendfileRoots: [],
      keepAliveIntervalMs: 20_000,
      evictionTimeoutMs: 0,
      ignoreActivity: [],
      memoryHardLimitBytes: 0,
      reloadOn: 'nothing',
      reloadSurge: 1,
      debugErrors: false,
      ...changes,
      recycling: { ...noLimits, ...changes.recycling },
      env: { PATH: process.env['PATH'] ?? '', LEDGER: path.join(this.directory, 'ledger'), ...changes.env },
    };
    this.bridge = new Bridge(this.settings, scriptedWorker);
  }

  async start(): Promise<this> {
    await this.bridge.listen();
    const failure = await this.bridge.startWorkers();
    if (failure !== undefined) throw new Error(failure.message);
    return this;
  }

  /** Connects as httpd does. */
  peer(): HttpdPeer {
    const peer = new HttpdPeer(this.settings.socketPath);
    this.#peers.push(peer);
    return peer;
  }

  /** What the workers say they did: `PID action …`. */
  get ledger(): string[] {
    try {
      return readFileSync(path.join(this.directory, 'ledger'), 'utf8').trim().split('\n');
    } catch {
      return []; // no request has started
    }
  }

  /** Process ids of the workers that serve. */
  get readyPids(): number[] {
    return this.bridge.status.workers.filter(({ state }) => state === 'ready').map(({ pid }) => pid);
  }

  async stop(): Promise<void> {
    for (const peer of this.#peers) peer.close();
    await this.bridge.stop();
    rmSync(this.directory, { recursive: true });
  }
}
