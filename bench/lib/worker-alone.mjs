// The worker alone, driven over its socket as the bridge does, against plain Node driven over a socket of the same kind:
// the same handler, as many requests at once, an equally simple client, and nothing in front.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { spawnWorker } from '../../packages/bridge/dist/spawn-worker.js';
import { workerDefaults } from '../../packages/cli/dist/worker-environment.js';
import { HELLO } from '../apps/routes.mjs';
import { apps } from '../hosts/paths.mjs';
import { startNode } from '../hosts/serve.mjs';
import { cpuTimeUs, mainThreadUs } from './accounting.mjs';
import { cgiVariables } from './cgi-variables.mjs';
import { keepBusy } from './closed-loop.mjs';
import { openFastCgiLanes } from './fastcgi-lanes.mjs';
import { openHttpLanes } from './http-lanes.mjs';
import { interrupted } from './interruption.mjs';
import { sleep, stopAll } from './processes.mjs';
import { toSamples } from './statistics.mjs';
import { toWorkerSettings } from './worker-settings.mjs';

/**
 * Both in turns. `concurrency`: requests in flight; `connections`: how many the worker gets them over, one unless said.
 * Settles with the samples of each side, in the shape of a load.
 */
export async function compareAlone({ rounds, seconds, concurrency = 32, connections = 1 }) {
  const mark = randomUUID();
  const directory = mkdtempSync(path.join(tmpdir(), 'express-bench-'));
  try {
    const sides = [
      await startWorker({ mark, directory, connections }),
      await startPlain({ mark, directory, app: 'node' }),
    ];
    for (const side of sides) await measure(side, { seconds, concurrency }); // warm-up
    const results = sides.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const index of round % 2 === 0 ? [0, 1] : [1, 0])
        results[index].push(await measure(sides[index], { seconds, concurrency }));
    }
    return {
      ...{
        kind: 'alone',
        title: `a worker alone: hello, ${concurrency} at once`,
        reference: 'plain node',
        concurrency,
        connections,
      },
      hosts: Object.fromEntries(
        sides.map(({ name }, index) => [name, { samples: toSamples(results[index]) }]),
      ),
    };
  } finally {
    await stopAll([mark]);
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startWorker({ mark, directory, connections }) {
  const socketPath = path.join(directory, 'worker.sock');
  const child = spawnWorker({
    mainPath: path.join(import.meta.dirname, '../../packages/worker/dist/main.js'),
    workingDirectory: directory,
    env: { ...workerDefaults, ...process.env, BENCH_MARK: mark },
    launch: { nodePath: process.execPath, nodeOptions: [] },
    importFlags: [],
  });
  child.stdout.resume();
  child.stderr.pipe(process.stderr, { end: false });
  child.send({
    type: 'configure',
    settings: toWorkerSettings({ entry: path.join(apps, 'node.mjs'), socketPath }),
  });
  const [report] = await once(child, 'message', { signal: interrupted });
  if (report.type !== 'ready') throw new Error(`the worker does not start: ${JSON.stringify(report)}`);
  const target = { path: socketPath };
  return {
    name: 'worker',
    pid: child.pid,
    open: (count, handlers) =>
      openFastCgiLanes({ target, params: cgiVariables, count, connections, ...handlers }),
  };
}

async function startPlain({ mark, directory, app }) {
  const socketPath = path.join(directory, 'plain.sock');
  const { pid } = startNode({ mark, app }, socketPath);
  while (!existsSync(socketPath)) await sleep(5);
  return {
    name: 'plain node',
    pid,
    open: (count, handlers) =>
      openHttpLanes({ target: { path: socketPath }, path: '/hello', count, ...handlers }),
  };
}

async function measure({ pid, open }, { seconds, concurrency }) {
  const [mainBefore, cpuBefore] = [mainThreadUs(pid), cpuTimeUs([pid])];
  const { answers, answersPerSecond, errors } = await keepBusy((handlers) => open(concurrency, handlers), {
    count: concurrency,
    seconds,
    expected: Buffer.from(HELLO),
  });
  return {
    requestsPerSecond: answersPerSecond,
    mainUsPerRequest: (mainThreadUs(pid) - mainBefore) / answers,
    cpuUsPerRequest: (cpuTimeUs([pid]) - cpuBefore) / answers,
    errors,
  };
}
