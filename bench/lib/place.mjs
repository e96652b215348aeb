// One host, running: where it listens, its processes, its files.
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { hosts } from '../hosts/index.mjs';
import { findProcesses, sleep, stopAll } from './processes.mjs';

const START_TIMEOUT_MS = 30_000;

/** Starts a host with an app and waits for its first 200. */
export async function open(name, app) {
  const directory = mkdtempSync(path.join(tmpdir(), 'express-bench-'));
  chmodSync(directory, 0o755);
  const place = { name, app, directory, port: await freePorts(), mark: randomUUID() };
  place.url = `http://127.0.0.1:${place.port}`;
  place.scratch = path.join(directory, 'scratch');
  mkdirSync(place.scratch);
  const began = performance.now();
  const child = hosts[name].start(place);
  try {
    await firstAnswer(place, child);
  } catch (error) {
    await close(place);
    throw error;
  }
  place.startMs = performance.now() - began;
  return place;
}

/** Ends it and removes its files. */
export async function close(place) {
  await stopAll(place.mark);
  rmSync(place.directory, { recursive: true, force: true });
}

/** Every process that serves; load generators are not among them. */
export function processesOf(place) {
  return findProcesses(place.mark);
}

/** One request on a connection of its own. */
export function ask(url) {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(chunks) }));
    }).on('error', reject);
  });
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
