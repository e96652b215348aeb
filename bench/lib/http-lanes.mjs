// Raw HTTP/1.1 over connections that are kept alive, as cheap as a client in Node can be. A lane carries one request at a
// time; here each is a connection. fastcgi-lanes.mjs is its counterpart.
import { connect } from 'node:net';

const HEAD_END = '\r\n\r\n';

/**
 * Opens `count` lanes to `target` (as `net.connect` takes it). `onAnswer(lane, { status, body })` for each answer;
 * `onLost(lane)` for a request without one. Settles when all are connected.
 */
export async function openHttpLanes({ target, path, count, onAnswer, onLost }) {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const lanes = Array.from(
    { length: count },
    (_, index) => new HttpLane(target, { index, onAnswer, onLost }),
  );
  await Promise.all(lanes.map((lane) => lane.connected()));
  return {
    send: (index) => lanes[index].send(request),
    close: () => lanes.forEach((lane) => lane.close()),
  };
}

class HttpLane {
  #target;
  #handlers;
  #socket;
  #received;
  #isWaiting = false;

  constructor(target, handlers) {
    this.#target = target;
    this.#handlers = handlers;
    this.#socket = this.#open();
  }

  connected() {
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve).once('error', reject);
    });
  }

  /** Opens the connection again if the server has closed it in between: no request was lost by that. */
  send(request) {
    if (this.#socket.destroyed) this.#socket = this.#open();
    this.#isWaiting = true;
    this.#socket.write(request);
  }

  close() {
    this.#isWaiting = false;
    this.#socket.destroy();
  }

  #open() {
    this.#received = undefined;
    const socket = connect({ ...this.#target, noDelay: true });
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('end', () => socket.destroy());
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => {
      if (this.#socket === socket) this.#lose();
    });
    return socket;
  }

  #receive(chunk) {
    this.#received = this.#received === undefined ? chunk : Buffer.concat([this.#received, chunk]);
    const answer = parseAnswer(this.#received);
    if (answer === undefined || !this.#isWaiting) return;
    this.#received = undefined;
    this.#isWaiting = false;
    if (answer.isLast) this.#socket.destroy();
    this.#handlers.onAnswer(this.#handlers.index, answer);
  }

  #lose() {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#handlers.onLost(this.#handlers.index);
  }
}

/** A complete answer; undefined while there is none. Without a length it counts as complete, and as the last one. */
function parseAnswer(received) {
  const end = received.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const head = received.latin1Slice(0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  const bodyStart = end + HEAD_END.length;
  if (length !== undefined && received.length < bodyStart + Number(length)) return undefined;
  return {
    status: Number(head.slice(9, 12)),
    body: received.subarray(bodyStart),
    isLast: length === undefined || /\r\nconnection: *close/i.test(head),
  };
}
