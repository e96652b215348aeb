// Requests at a fixed rate, evenly spaced, however slow the answers are. h2load's --rps sends on all connections in the
// same moment, many times a second: the latency of such bursts is not that of the rate.
import { sleep } from './processes.mjs';
import { openHttpLanes } from './http-lanes.mjs';

/** Time for the last answers to come; what is missing then is an error. */
const LAST_ANSWERS_MS = 3000;

/**
 * Settles with the number of requests and errors, and latencies in microseconds: from the moment a request was due, which
 * counts the time that it waited for one of the connections to be free.
 */
export async function arrive({ port, path, connections, seconds, rate }) {
  const traffic = new Arrivals();
  const lanes = await openHttpLanes({
    target: { host: '127.0.0.1', port },
    path,
    count: connections,
    onAnswer: (lane, { status }) => traffic.answered(lane, status),
    onLost: (lane) => traffic.answered(lane, 0),
  });
  traffic.begin(lanes, connections);
  try {
    const began = performance.now();
    for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - began) {
      traffic.advance(Math.floor((Math.min(elapsed, seconds * 1000) * rate) / 1000));
      await sleep(1);
    }
    const deadline = performance.now() + LAST_ANSWERS_MS;
    while (!traffic.isComplete && performance.now() < deadline) await sleep(5);
    return traffic.result();
  } finally {
    lanes.close();
  }
}

/** What is due, what is under way, and what came back. */
class Arrivals {
  #lanes;
  #free = [];
  /** When each request that no lane has taken yet was due. */
  #queue = [];
  #dueAt = [];
  #due = 0;
  #errors = 0;
  #latenciesUs = [];

  begin(lanes, count) {
    this.#lanes = lanes;
    this.#free = Array.from({ length: count }, (_, lane) => lane);
  }

  /** So many requests are due by now. */
  advance(total) {
    const now = performance.now();
    for (; this.#due < total; this.#due += 1) this.#queue.push(now);
    this.#send();
  }

  answered(lane, status) {
    if (status === 200) this.#latenciesUs.push((performance.now() - this.#dueAt[lane]) * 1000);
    else this.#errors += 1;
    this.#free.push(lane);
    this.#send();
  }

  get isComplete() {
    return this.#latenciesUs.length + this.#errors === this.#due;
  }

  result() {
    const times = this.#latenciesUs.sort((a, b) => a - b);
    const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    return {
      requests: times.length,
      errors: this.#due - times.length,
      p50Us: at(0.5),
      p99Us: at(0.99),
      p999Us: at(0.999),
    };
  }

  #send() {
    while (this.#queue.length > 0 && this.#free.length > 0) {
      const lane = this.#free.pop();
      this.#dueAt[lane] = this.#queue.shift();
      this.#lanes.send(lane);
    }
  }
}
