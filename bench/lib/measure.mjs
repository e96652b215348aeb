// What is measured of a host under one load.
import { createHash } from 'node:crypto';
import { connect } from 'node:net';

import { hosts } from '../hosts/index.mjs';
import { arrive, saturate } from './load.mjs';
import { ask, processesOf } from './place.mjs';
import { cpuTimeUs, memory, sleep } from './processes.mjs';

/** Requests per second, CPU and event-loop time per request, latency, while the host gets as much as it can take. */
export async function atSaturation(place, scenario) {
  const { path, connections, seconds, bodyBytes } = scenario;
  const pids = processesOf(place);
  const loopBefore = await loopTime(place);
  const cpuBefore = cpuTimeUs(pids);
  const load = await saturate(`${place.url}${path}`, {
    scratch: place.scratch,
    connections,
    seconds,
    bodyBytes,
  });
  const cpuUs = cpuTimeUs(processesOf(place)) - cpuBefore;
  const loopAfter = await loopTime(place);
  return {
    requestsPerSecond: load.requestsPerSecond,
    megabytesPerSecond:
      (load.requests * (bodyBytes ?? load.bytes / Math.max(1, load.requests))) / load.durationUs,
    cpuUsPerRequest: cpuUs / load.requests,
    requestsPerCpuSecond: (load.requests * 1e6) / cpuUs,
    loopUsPerRequest: loopPerRequest(loopBefore, loopAfter, load.requests),
    p50Us: load.p50Us,
    p99Us: load.p99Us,
    p999Us: load.p999Us,
    errors: load.errors,
  };
}

/** Latency at a rate the host does not choose. */
export async function atRate(place, { path, connections, seconds, rate }) {
  const cpuBefore = cpuTimeUs(processesOf(place));
  const load = await arrive(`${place.url}${path}`, { scratch: place.scratch, connections, seconds, rate });
  const cpuUs = cpuTimeUs(processesOf(place)) - cpuBefore;
  return { ...load, cpuUsPerRequest: cpuUs / load.requests };
}

/** Memory of everything that serves, in MiB. */
export function memoryOf(place) {
  const { rssBytes, pssBytes, privateBytes } = memory(processesOf(place));
  return { rssMiB: rssBytes / 2 ** 20, pssMiB: pssBytes / 2 ** 20, privateMiB: privateBytes / 2 ** 20 };
}

/** Memory while that many connections are open and say nothing; how many were accepted and stayed. */
export async function withIdleConnections(place, count) {
  const sockets = [];
  let open = 0;
  for (let index = 0; index < count; index += 1) {
    const socket = connect(place.port, '127.0.0.1', () => (open += 1));
    socket.on('error', () => undefined);
    socket.on('close', () => (open -= 1));
    sockets.push(socket);
    if (index % 200 === 199) await sleep(20);
  }
  await sleep(1000);
  const during = memoryOf(place);
  const began = performance.now();
  const { status } = await ask(`${place.url}/hello`).catch(() => ({ status: 0 }));
  const result = { ...during, open, answerMs: performance.now() - began, answered: status === 200 ? 1 : 0 };
  for (const socket of sockets) socket.destroy();
  return result;
}

/** Whether the host answers with these bytes. */
export async function digest(place, path) {
  const { status, body } = await ask(`${place.url}${path}`);
  return `${status} ${createHash('sha256').update(body).digest('hex')}`;
}

/** Hosts of files and of other languages have none; of several processes one would speak for all. */
async function loopTime(place) {
  if ((hosts[place.name].processes ?? 1) > 1) return undefined;
  const { status, body } = await ask(`${place.url}/loop`);
  return status === 200 && body[0] === '{'.charCodeAt(0) ? JSON.parse(body.toString()) : undefined;
}

/** Only where one process answered everything. */
function loopPerRequest(before, after, requests) {
  if (before === undefined || after === undefined || before.pid !== after.pid) return NaN;
  return ((after.activeMs - before.activeMs) * 1000) / requests;
}
