/**
 * The worker process: configure → load → listen → ready → serve → drain → exit. The bridge forks it, and is its other
 * half: bridge/src/worker-handle.ts.
 */
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { provideAbortSignal } from './abort-signal.ts';
import { AccessLink } from './access-link.ts';
import { loadAccessScripts } from './access-scripts.ts';
import { AppRuntime } from './app-runtime.ts';
import { captureListen } from './capture-listen.ts';
import { Http2UnsupportedError } from './errors.ts';
import { findServer, type FindOptions } from './find-server.ts';
import type { ServeContext } from './served-request.ts';
import { type Handlers, loadHandlers } from './handlers.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { ConnectionHandle } from './lent-connection.ts';
import { Lender } from './lender.ts';
import { ListenedServer } from './listened-server.ts';
import { Link } from './link.ts';
import { Listener } from './listener.ts';
import { markOutput } from './marked-output.ts';
import { followModules } from './module-graph.ts';
import {
  type AccessSettings,
  type AppBundle,
  type WorkerCommand,
  WorkerExitCode,
  type WorkerSettings,
} from './messages.ts';
import { createServer, type Server } from './node-http.ts';
import { assertNodeInternals } from './node-internals.ts';
import { OverdueRequests } from './overdue-requests.ts';
import { refuseToFork } from './refuse-to-fork.ts';
import { provideApi } from './provide-api.ts';
import { isCoded, sendReport, toExitCode, toFailure } from './report.ts';
import { createForwardedReader } from './trusted-proxy.ts';
import { UpgradedSockets } from './upgraded-sockets.ts';
import { provideRuntime, type ShutdownReason } from './worker-runtime.ts';

/** What the bridge said about the end that is coming. */
let shutdownReason: ShutdownReason = 'signal';

process.on('message', (command: WorkerCommand) => {
  if (command.type === 'configure') void run(command.settings);
  if (command.type === 'stopping') shutdownReason = command.reason;
});
// Workers do not outlive the bridge.
process.once('disconnect', () => process.exit(WorkerExitCode.ok));
// A terminal sends these to everybody; what they mean is for the supervisor to say.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

async function run(settings: WorkerSettings): Promise<void> {
  process.title = `(express:${settings.processGroup})`;
  if (settings.outputMark !== undefined) markOutput(settings.outputMark);
  // From here on only the app keeps the process alive: one that waits for nothing is noticed.
  process.channel?.unref();
  try {
    assertNodeInternals();
    provideAbortSignal();
    const { access } = settings.app;
    await (access === undefined ? serve(settings) : serveAccess(settings, access));
  } catch (error) {
    await fail(error);
  }
}

async function serve(settings: WorkerSettings): Promise<void> {
  const reportFiles = settings.reportsFiles ? createFileReport(settings.app.bundle) : () => undefined;
  const overdue = new OverdueRequests();
  const lender = new Lender();
  const context: ServeContext & { server: Server; handlers?: Handlers } = {
    server: createServer(),
    mountPoint: settings.app.mountPoint,
    overdue,
    readForwarded: createForwardedReader(settings.trust),
    lender,
    log,
  };
  const listener = new Listener((socket) => new Link(socket, context));
  const sockets = new UpgradedSockets(context, settings.handshakeTimeoutMs, (counts) => {
    void sendReport({ type: 'sockets', ...counts });
  });
  onConnection(sockets, lender);
  const close = async (): Promise<void> => {
    await Promise.all([listener.close(), sockets.drained()]);
  };
  const runtime = createRuntime(settings);
  onStop(() => {
    sockets.close({ type: 'closeSockets', code: 1012, withinMs: 0 });
    return settleWithin(close(), settings.shutdownTimeoutMs / 2).then(() => runtime.shutDown(shutdownReason));
  });
  const listens = followListens(settings, { context, listener, close });
  refuseToFork();
  context.server = await findServer(settings.app, { workingDirectory: process.cwd(), ...listens });
  if (settings.app.handlers !== undefined) context.handlers = await loadHandlers(settings.app, process.cwd());
  await begin(settings, { listener, reportFiles, takeOverdueMs: () => overdue.takeOldestMs() });
}

/** Decides who is let in, in place of an app. */
async function serveAccess(settings: WorkerSettings, access: AccessSettings): Promise<void> {
  const reportFiles = settings.reportsFiles ? createFileReport(undefined) : () => undefined;
  const runtime = createRuntime(settings);
  refuseToFork();
  const context = {
    ...access,
    scripts: await loadAccessScripts(settings.app, process.cwd()),
    readForwarded: createForwardedReader(settings.trust),
    log,
  };
  const listener = new Listener((socket) => new AccessLink(socket, context));
  onStop(() =>
    settleWithin(listener.close(), settings.shutdownTimeoutMs / 2).then(() =>
      runtime.shutDown(shutdownReason),
    ),
  );
  await begin(settings, { listener, reportFiles, takeOverdueMs: () => 0 });
}

/** Lets requests come, and reports from then on. */
async function begin(
  { socketPath, heartbeatIntervalMs }: WorkerSettings,
  {
    listener,
    reportFiles,
    takeOverdueMs,
  }: { listener: Listener; reportFiles: () => void; takeOverdueMs: () => number },
): Promise<void> {
  await listener.listen(socketPath);
  await sendReport({ type: 'ready' });
  setImmediate(reportFiles);
  startHeartbeat(heartbeatIntervalMs, (pulse) => {
    void sendReport({ type: 'heartbeat', ...pulse, overdueMs: takeOverdueMs() });
    reportFiles();
  });
}

/** What the app finds in `httpd-express/worker`. */
function createRuntime({ app, id, processGroup, capacity }: WorkerSettings): AppRuntime {
  const runtime = new AppRuntime({ worker: id, processGroup, capacity, log });
  provideRuntime(runtime);
  const isFile = app.kind === 'script' || app.kind === 'config' || app.kind === 'access';
  provideApi(
    isFile ? app.entry : join(process.cwd(), '[express].js'),
    app.kind === 'script' ? app.entry : undefined,
  );
  return runtime;
}

/** Waits no longer than that; 0 is as long as it takes. */
async function settleWithin(promise: Promise<void>, limitMs: number): Promise<void> {
  if (limitMs === 0) return promise;
  await Promise.race([promise, setTimeout(limitMs, undefined, { ref: false })]);
}

/** Takes the app's `listen()` and `close()` for ours, as long as the worker lives. */
function followListens(
  { app, publicAddress, socketPath }: WorkerSettings,
  {
    context,
    listener,
    close,
  }: { context: { server: Server }; listener: Listener; close: () => Promise<void> },
): Pick<FindOptions, 'listened' | 'expectNext'> {
  const listened = new ListenedServer();
  const isOneOfMany = app.kind === 'config';
  const { expectNext } = captureListen({
    publicAddress,
    log,
    onListen: (server) => {
      listened.set(server);
      if (isOneOfMany) return;
      context.server = server;
      // It was closed before: an app may open again.
      if (listener.isClosed) void listener.listen(socketPath);
    },
    onClose: () => {
      listened.clear();
      return isOneOfMany ? Promise.resolve() : close();
    },
    onHttp2: () => {
      listened.fail(new Http2UnsupportedError(app.entry));
    },
  });
  return { listened, expectNext };
}

/** Connections come over IPC. */
function onConnection(sockets: UpgradedSockets, lender: Lender): void {
  process.on('message', (command: WorkerCommand, sent: unknown) => {
    if (command.type === 'upgrade') sockets.take(command, sent as Socket | undefined);
    if (command.type === 'hold') lender.hold(command, sent as ConnectionHandle | undefined);
    if (command.type === 'release') lender.release(command);
    if (command.type === 'closeSockets') sockets.close(command);
  });
}

/** Tells which files the app has loaded since the last time. */
function createFileReport(bundle: AppBundle | undefined): () => void {
  const takeNewFiles = followModules();
  if (bundle !== undefined) void sendReport({ type: 'loaded', files: bundle.sources });
  return () => {
    const files = takeNewFiles().filter((file) => file !== bundle?.file);
    if (files.length > 0) void sendReport({ type: 'loaded', files });
  };
}

/** Lets an app that listens for SIGTERM decide when to exit; for any other, that is after the last request and `onShutdown`. */
function onStop(close: () => Promise<void>): void {
  const stop = (): void => {
    const isAppInCharge = process.listenerCount('SIGTERM') > 1;
    const closed = close();
    if (!isAppInCharge) void closed.then(() => process.exit(WorkerExitCode.ok));
  };
  process.on('SIGTERM', stop);
}

async function fail(error: unknown): Promise<void> {
  if (!isCoded(error)) throw error;
  await sendReport({ type: 'failed', failure: toFailure(error) });
  process.exit(toExitCode(error));
}

function log(line: string): void {
  process.stderr.write(`express worker pid=${process.pid}: ${line}\n`);
}
