// FastCGI as the bridge speaks it to a worker: each request in one write, on connections that are kept. A lane carries one
// request at a time; how many lanes share a connection is the caller's to say. http-lanes.mjs is its counterpart.
import { connect } from 'node:net';

import {
  encodeBeginRequest,
  encodeNameValues,
  encodeRecord,
  encodeStream,
  RecordParser,
  RecordType,
  Role,
} from '../../packages/fastcgi/dist/index.js';

/**
 * Opens `count` lanes over `connections` to `target`, all with the same request. `onAnswer(lane, { status, body })` for
 * each answer; `onLost(lane)` for a request without one. Settles when all are connected.
 */
export async function openFastCgiLanes({ target, params, count, connections = count, onAnswer, onLost }) {
  const links = Array.from(
    { length: connections },
    (_, index) =>
      new Link(target, { params, toLane: (id) => (id - 1) * connections + index, onAnswer, onLost }),
  );
  await Promise.all(links.map((link) => link.connected()));
  return {
    send: (lane) => links[lane % connections].send(1 + Math.floor(lane / connections)),
    close: () => links.forEach((link) => link.close()),
  };
}

/** One connection, and its requests by id. */
class Link {
  #socket;
  #options;
  #parser = new RecordParser((record) => this.#receive(record));
  #requests = new Map();
  #outputs = new Map();

  constructor(target, options) {
    this.#options = options;
    this.#socket = connect(target);
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', () => undefined); // `close` follows
    this.#socket.on('close', () => {
      for (const id of this.#outputs.keys()) options.onLost(options.toLane(id));
    });
  }

  connected() {
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve).once('error', reject);
    });
  }

  send(id) {
    if (!this.#requests.has(id)) this.#requests.set(id, encodeRequest(id, this.#options.params));
    this.#outputs.set(id, undefined);
    this.#socket.write(this.#requests.get(id));
  }

  close() {
    this.#outputs.clear();
    this.#socket.destroy();
  }

  /** What the answers in a chunk make the caller send leaves as one write. */
  #read(chunk) {
    this.#socket.cork();
    this.#parser.push(chunk);
    this.#socket.uncork();
  }

  #receive({ type, requestId, content }) {
    if (type === RecordType.Stdout && content.length > 0) {
      const before = this.#outputs.get(requestId);
      this.#outputs.set(requestId, before === undefined ? content : Buffer.concat([before, content]));
    }
    if (type === RecordType.EndRequest) {
      const output = this.#outputs.get(requestId) ?? Buffer.alloc(0);
      this.#outputs.delete(requestId);
      this.#options.onAnswer(this.#options.toLane(requestId), parseOutput(output));
    }
  }
}

function encodeRequest(requestId, params) {
  return Buffer.concat([
    encodeBeginRequest({ requestId, role: Role.Responder, keepConnection: true }),
    ...encodeStream(RecordType.Params, requestId, encodeNameValues(Object.entries(params))),
    encodeRecord(RecordType.Params, requestId),
    encodeRecord(RecordType.Stdin, requestId),
  ]);
}

function parseOutput(output) {
  const end = output.indexOf('\r\n\r\n');
  const head = output.latin1Slice(0, Math.max(0, end));
  return { status: Number(/^status: *(\d+)/im.exec(head)?.[1] ?? 0), body: output.subarray(end + 4) };
}
