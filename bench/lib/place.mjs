// One host, running: where it listens, its processes, its files.
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { hosts } from '../hosts/index.mjs';
import { ask } from './ask.mjs';
import { memoryMiB } from './accounting.mjs';
import { findProcesses, sleep, stopAll } from './processes.mjs';

const START_TIMEOUT_MS = 30_000;

/** Starts a host with an app and waits for its first 200. */
export async function open(name, app) {
  const directory = mkdtempSync(path.join(tmpdir(), 'express-bench-'));
  chmodSync(directory, 0o755);
  const place = { name, app, directory, mark: randomUUID() };
  try {
    place.port = await freePorts();
    place.url = `http://127.0.0.1:${place.port}`;
    place.scratch = path.join(directory, 'scratch');
    mkdirSync(place.scratch);
    const began = performance.now();
    await firstAnswer(place, hosts[name].start(place));
    place.startMs = performance.now() - began;
    return place;
  } catch (error) {
    await closeAll([place]);
    throw error;
  }
}

/** Ends them and removes their files. */
export async function closeAll(places) {
  await stopAll(places.map(({ mark }) => mark));
  for (const { directory } of places) rmSync(directory, { recursive: true, force: true });
}

/** Every process that serves; load generators are not among them. */
export function processesOf(place) {
  return findProcesses(place.mark);
}

/** Memory of everything that serves. */
export function memoryOf(place) {
  return memoryMiB(processesOf(place));
}

async function firstAnswer(place, child) {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const answer = await ask(`${place.url}/hello`).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(2);
  }
  throw new Error(`${place.name} does not answer: ${child.output}`);
}

/** A port that is free together with the next one, which some hosts use inside. */
async function freePorts() {
  for (;;) {
    const port = await listenOnce(0);
    if ((await listenOnce(port + 1).catch(() => 0)) > 0) return port;
  }
}

function listenOnce(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: chosen } = server.address();
      server.close(() => resolve(chosen));
    });
  });
}
