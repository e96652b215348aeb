import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type ClientResponse, sendRequest, type SendRequestOptions } from '@httpd-express/fastcgi';

import { bundleApp } from '../src/bundle.ts';
import type {
  AppSettings,
  WorkerCommand,
  WorkerFailure,
  WorkerReport,
  WorkerSettings,
} from '../src/messages.ts';
import { cgi, type Params } from './serve.ts';
import { waitFor } from './wait-for.ts';

/** The built worker: `npm test` builds before it runs the tests. */
const mainPath = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** A directory with an app in it, and the worker that serves it. */
export class WorkerProcess {
  readonly directory: string;
  readonly child: ChildProcess;
  readonly reports: WorkerReport[] = [];
  readonly exited: Promise<number | string>;
  #stderr = '';

  private constructor(directory: string, settings: WorkerSettings, { node, env }: StartOptions) {
    this.directory = directory;
    this.child = fork(mainPath, [], {
      cwd: directory,
      ...(node !== undefined && { execPath: node }),
      ...(env && { env: { ...process.env, ...env } }),
      serialization: 'json',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.on('message', (report: WorkerReport) => this.reports.push(report));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    const { stderr } = this.child;
    const read = stderr === null ? undefined : once(stderr, 'close');
    this.exited = once(this.child, 'exit').then(async ([code, signal]) => {
      await read;
      return (signal ?? code) as number | string;
    });
    this.command({ type: 'configure', settings });
  }

  /** Writes the files and starts a worker there; the entry is the first file unless `app` says otherwise. */
  static async start(files: Files, options: StartOptions = {}): Promise<WorkerProcess> {
    const { app = {}, settings = {}, name = 'app', links = {} } = options;
    const root = await mkdtemp(join(tmpdir(), 'worker-'));
    const directory = join(root, name);
    await mkdir(directory);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
    for (const [path, target] of Object.entries(links)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await symlink(target, join(directory, path));
    }
    const entry = join(directory, Object.keys(files)[0] ?? 'app.js');
    const complete = {
      app: { kind: 'script', entry, mountPoint: '/', ...app },
      id: 1,
      capacity: { processes: 1, concurrency: 100 },
      shutdownTimeoutMs: 5000,
      socketPath: join(root, 'w.sock'),
      processGroup: 'test',
      heartbeatIntervalMs: 50,
      handshakeTimeoutMs: 0,
      reportsFiles: false,
      publicAddress: { address: '127.0.0.1', port: 8000 },
      ...settings,
    } as const;
    if (app.loader !== 'bundle') return new WorkerProcess(directory, complete, options);
    const bundle = await bundleApp({ entry, workingDirectory: directory, directory: join(root, 'bundle') });
    if ('code' in bundle) throw new Error(JSON.stringify(bundle));
    return new WorkerProcess(directory, { ...complete, app: { ...complete.app, bundle } }, options);
  }

  get stderr(): string {
    return this.#stderr;
  }

  get failure(): WorkerFailure | undefined {
    return this.reports.find((report) => report.type === 'failed')?.failure;
  }

  get isReady(): boolean {
    return this.reports.some((report) => report.type === 'ready');
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  get socketPath(): string {
    return join(dirname(this.directory), 'w.sock');
  }

  command(command: WorkerCommand): void {
    this.child.send(command);
  }

  /** Settles when the worker is ready; rejects with its last words when it exits before. */
  async ready(): Promise<this> {
    await waitFor(() => this.isReady || this.hasExited, {
      within: 20_000,
      what: 'the worker to become ready',
    });
    if (!this.isReady) throw new Error(`the worker exited: ${JSON.stringify(this.failure)} ${this.stderr}`);
    return this;
  }

  /** Sends one request over a connection of its own. */
  async send(params: Params = {}, stdin?: SendRequestOptions['stdin']): Promise<ClientResponse> {
    const socket = connect(this.socketPath);
    await once(socket, 'connect');
    return sendRequest(socket, { params: cgi(params), ...(stdin === undefined ? {} : { stdin }) });
  }

  /** Kills what still runs and removes the files. */
  async dispose(): Promise<void> {
    if (!this.hasExited) this.child.kill('SIGKILL');
    await this.exited;
    await rm(dirname(this.directory), { recursive: true });
  }
}

/** Text by path. */
export type Files = Readonly<Record<string, string>>;

export interface StartOptions {
  readonly app?: Partial<AppSettings>;
  readonly settings?: Partial<WorkerSettings>;
  /** Name of the app's directory. */
  readonly name?: string;
  /** Symbolic links to make in it: target by path. */
  readonly links?: Readonly<Record<string, string>>;
  /** The Node to run under; ours unless given. */
  readonly node?: string;
  /** Variables beside ours. */
  readonly env?: Readonly<Record<string, string>>;
}
