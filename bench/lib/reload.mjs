// How long a reload takes, and what the requests meanwhile notice of it.
import { once } from 'node:events';

import { hosts } from '../hosts/index.mjs';
import { openHttpLanes } from './http-lanes.mjs';
import { interrupted } from './interruption.mjs';
import { sleep } from './processes.mjs';

const CONNECTIONS = 16;
/** Requests that take their time without taking any from the machine: every process has some at any moment. */
const TARGET = '/wait/50';
const BEFORE_MS = 500;
/** Nothing may come from an old process for so long after the first answer of a new one. */
const QUIET_MS = 500;
const TIMEOUT_MS = 30_000;

/**
 * Reloads a host while several connections ask all the time. `reloadMs`: from the command to the later of two moments, the
 * command has ended with success, and the first answer after which every answer is a new process's. `failures`: requests
 * without an answer or with another status than 200, of all the `requests` until half a second after that;
 * `longestAnswerMs`: the slowest of the others.
 */
export async function timeReload(place) {
  const traffic = new Traffic();
  const lanes = await openHttpLanes({
    target: { host: '127.0.0.1', port: place.port },
    path: TARGET,
    count: CONNECTIONS,
    onAnswer: (lane, answer) => traffic.answered(lane, answer),
    onLost: (lane) => traffic.lost(lane),
  });
  traffic.begin(lanes);
  try {
    await sleep(BEFORE_MS);
    const old = traffic.countFromNow();
    const began = performance.now();
    const command = hosts[place.name].reload(place);
    const commandMs = command === undefined ? 0 : await succeed(place, command, began);
    const renewedAt = await renewal(traffic, old, place);
    return { reloadMs: Math.max(commandMs, renewedAt - began), commandMs, ...traffic.counts() };
  } finally {
    traffic.end();
    lanes.close();
  }
}

async function succeed(place, command, began) {
  const [status] =
    command.exitCode === null ? await once(command, 'exit', { signal: interrupted }) : [command.exitCode];
  if (status !== 0) throw new Error(`${place.name}: the reload ended with ${status}: ${command.output}`);
  return performance.now() - began;
}

/** When the first answer came after which all were of new processes. */
async function renewal(traffic, old, { name }) {
  const deadline = performance.now() + TIMEOUT_MS;
  while (performance.now() < deadline) {
    await sleep(20);
    const since = traffic.newSince(old);
    if (since !== undefined && performance.now() - since > QUIET_MS) return since;
  }
  throw new Error(`${name}: the reload took effect nowhere within ${TIMEOUT_MS} ms`);
}

/** A closed loop on every lane, and which process answered what when. */
class Traffic {
  #lanes;
  #isOver = false;
  #sentAt = [];
  /** [arrival, pid] of each answer. */
  #answers = [];
  #requests = 0;
  #failures = 0;
  #longestAnswerMs = 0;

  begin(lanes) {
    this.#lanes = lanes;
    for (let lane = 0; lane < CONNECTIONS; lane += 1) this.#send(lane);
  }

  end() {
    this.#isOver = true;
  }

  /** The processes that have answered so far. */
  countFromNow() {
    const pids = new Set(this.#answers.map(([, pid]) => pid));
    this.#answers = [];
    this.#requests = 0;
    this.#failures = 0;
    this.#longestAnswerMs = 0;
    return pids;
  }

  counts() {
    return {
      requests: this.#requests,
      failures: this.#failures,
      longestAnswerMs: this.#longestAnswerMs,
    };
  }

  /** When the first answer of a new process came after the last of an old one. */
  newSince(old) {
    const last = this.#answers.findLastIndex(([, pid]) => old.has(pid));
    return this.#answers[last + 1]?.[0];
  }

  answered(lane, { status, body }) {
    const now = performance.now();
    if (status !== 200) {
      this.lost(lane);
      return;
    }
    this.#requests += 1;
    this.#longestAnswerMs = Math.max(this.#longestAnswerMs, now - this.#sentAt[lane]);
    this.#answers.push([now, JSON.parse(body.toString()).pid]);
    this.#send(lane);
  }

  lost(lane) {
    this.#requests += 1;
    this.#failures += 1;
    // Not at once: a host that refuses everything would be asked as fast as it can refuse.
    setTimeout(() => this.#send(lane), 10);
  }

  #send(lane) {
    if (this.#isOver) return;
    this.#sentAt[lane] = performance.now();
    this.#lanes.send(lane);
  }
}
