// Many connections that were answered once and then say nothing.
import { connect } from 'node:net';

import { ask } from './ask.mjs';
import { memoryOf } from './place.mjs';
import { read } from './proc.mjs';
import { sleep } from './processes.mjs';

/** How many are being opened at once: fewer than any host's backlog. */
const OPENING = 200;
/** A host that answers none for so long takes no more of them. */
const STALL_MS = 3000;
/** Files that are open for something else. */
const SPARE_FILES = 200;

/** Fewer than `wanted` where the limit of open files says so. */
export function affordableConnections(wanted) {
  const limit = Number(/^Max open files\s+(\d+)/m.exec(read('/proc/self/limits') ?? '')?.[1] ?? Infinity);
  return Math.min(wanted, limit - SPARE_FILES);
}

/** Memory at rest and with them, how many were answered, how many of those are still open then, and how one more fares. */
export async function withIdleConnections(place, count) {
  const atRest = memoryOf(place);
  const connections = new IdleConnections(place.port);
  try {
    const openingMs = await connections.openAll(count);
    const { answered, open } = connections;
    const during = memoryOf(place);
    const began = performance.now();
    const next = await ask(`${place.url}/hello`).catch(() => undefined);
    const answerMs = next?.status === 200 ? performance.now() - began : null;
    return { wanted: count, answered, open, openingMs, answerMs, atRest, during };
  } finally {
    connections.close();
  }
}

class IdleConnections {
  #port;
  #sockets = [];
  /** Opened, and not answered yet. */
  #pending = 0;
  /** When the last one was answered or refused. */
  #progressAt;
  answered = 0;
  open = 0;

  constructor(port) {
    this.#port = port;
  }

  /** Settles when all were answered or no more are, with the time it took. */
  async openAll(count) {
    const began = performance.now();
    this.#progressAt = began;
    while (this.#sockets.length < count || this.#pending > 0) {
      while (this.#sockets.length < count && this.#pending < OPENING) this.#openOne();
      await sleep(1);
      if (performance.now() - this.#progressAt > STALL_MS) break;
    }
    return this.#progressAt - began;
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
  }

  #openOne() {
    let state = 'pending';
    this.#pending += 1;
    const socket = connect(this.#port, '127.0.0.1');
    socket.write('GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.once('data', (chunk) => {
      this.#settle();
      state = chunk.latin1Slice(9, 12) === '200' ? 'open' : 'refused';
      if (state !== 'open') return;
      this.answered += 1;
      this.open += 1;
    });
    socket.on('end', () => socket.destroy());
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => {
      if (state === 'pending') this.#settle();
      if (state === 'open') this.open -= 1;
      state = 'closed';
    });
    this.#sockets.push(socket);
  }

  #settle() {
    this.#pending -= 1;
    this.#progressAt = performance.now();
  }
}
