/** The bridge process. Started by the supervisor, which speaks to it over IPC: `packages/supervisor/src/bridge-handle.ts`. */
import { fileURLToPath } from 'node:url';

import { Bridges } from './bridges.ts';
import { ProtocolOrderError } from './errors.ts';
import { becomeIdentity } from './identity.ts';
import { log } from './log.ts';
import { type BridgeCommand, BridgeExitCode, type BridgeReport, type BridgeSettings } from './messages.ts';

let bridge: Bridges | undefined;

process.on('message', (command) => {
  void run(command as BridgeCommand);
});
// The supervisor is gone: nobody would restart or stop us. The workers end the same way, when we are gone.
process.on('disconnect', () => process.exit(BridgeExitCode.ok));
// The terminal's signals are the supervisor's to act on.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('SIGTERM', () => void stop());

async function run(command: BridgeCommand): Promise<void> {
  if (command.type === 'configure') {
    await start(command.settings);
    return;
  }
  if (bridge === undefined) throw new ProtocolOrderError(command.type);
  switch (command.type) {
    case 'roll': {
      const failure = await bridge.roll(command);
      report({ type: 'rolled', id: command.id, ...(failure && { failure }) });
      break;
    }
    case 'stop':
      await stop();
      break;
    case 'closeSockets':
      bridge.closeSockets();
      break;
    case 'signal':
      bridge.signal(command.signal);
      break;
    case 'status':
      report({ type: 'status', id: command.id, status: bridge.status });
      break;
  }
}

async function start(settings: BridgeSettings): Promise<void> {
  if (bridge !== undefined) throw new ProtocolOrderError('configure');
  process.title = `(express:${settings.processGroup}) bridge`;
  const workerMainPath = fileURLToPath(import.meta.resolve('@httpd-express/worker/main'));
  try {
    if (settings.identity !== undefined) becomeIdentity(settings.identity);
    bridge = new Bridges(settings, workerMainPath);
    await bridge.listen();
  } catch (error) {
    await end(
      BridgeExitCode[
        (error as { code?: string }).code === 'ERR_BRIDGE_IDENTITY' ? 'identity' : 'cannotListen'
      ],
      error,
    );
    return;
  }
  const failure = await bridge.startWorkers();
  if (failure === undefined) {
    report({ type: 'ready' });
    bridge.watchFiles();
  } else {
    report({ type: 'failed', failure });
    await bridge.stop();
    await end(BridgeExitCode.appFailed);
  }
}

async function stop(): Promise<void> {
  await bridge?.stop();
  await end(BridgeExitCode.ok);
}

/** Exits once what was said over IPC has been sent. */
async function end(code: number, error?: unknown): Promise<void> {
  if (error !== undefined) {
    const { code: failureCode = 'ERR_BRIDGE', message } = error as { code?: string; message: string };
    log('error', message, { code: failureCode });
    report({ type: 'failed', failure: { code: failureCode, message } });
  }
  await flushed;
  process.exit(code);
}

let flushed: Promise<void> = Promise.resolve();

function report(message: BridgeReport): void {
  flushed = new Promise((resolve) => {
    if (!process.connected) resolve();
    else
      process.send?.(message, undefined, undefined, () => {
        resolve();
      });
  });
}
