import { type Socket } from 'node:net';

import {
  answerManagement,
  decodeBeginRequest,
  encodeBeginRequest,
  encodeEndRequest,
  type FastCgiRecord,
  MAX_CONNECTIONS,
  ProtocolError,
  ProtocolStatus,
  RecordParser,
  RecordType,
} from '@httpd-express/fastcgi';

import { findHandle } from './connection-handle.ts';
import { Deadline } from './deadline.ts';
import { detachHandle } from './detach-handle.ts';
import { log } from './log.ts';
import { BridgeRequest, type RequestOwner } from './request.ts';
import { type BodyLoan, type HttpdSide } from './request-sides.ts';

/** What GET_VALUES is told: httpd opens a connection per request in flight, and never asks. */
const CAPACITY = { maxConnections: MAX_CONNECTIONS, maxRequests: 1 };

/**
 * One connection from httpd: requests follow each other on it, all with the same id (httpd 2.4 mod_proxy_fcgi). httpd
 * is the side that closes it; we never do while it is idle (invariant 8).
 */
export class HttpdConnection implements HttpdSide {
  readonly socket: Socket;
  readonly deadline: Deadline;
  readonly #owner: RequestOwner;
  #parser = this.#createParser();
  #request: BridgeRequest | undefined;
  /** What the request in progress wants to happen after it. */
  #keepConnection = true;

  constructor(socket: Socket, owner: RequestOwner) {
    this.socket = socket;
    this.#owner = owner;
    this.deadline = new Deadline(owner.now);
    socket.on('data', (chunk) => {
      this.#onData(chunk);
    });
    socket.on('drain', () => this.#request?.outputDrained());
    socket.on('error', () => {
      /* 'close' follows and says all there is to do */
    });
    socket.on('close', () => {
      this.#request?.cancel();
      this.deadline.stop();
    });
  }

  /** The request in progress, if any. */
  get request(): BridgeRequest | undefined {
    return this.#request;
  }

  stopReading(): BodyLoan | undefined {
    const bytes = [...this.#parser.release()];
    this.socket.pause();
    // What Node has kept, one chunk at a time since Node 26. A parser that has ended hears of it, too.
    for (let chunk = this.#readKept(); chunk !== null; chunk = this.#readKept()) bytes.push(chunk);
    const handle = detachHandle(this.socket);
    if (handle === undefined) return undefined;
    handle.reading = true; // Node is to believe it: it would start by itself
    return { handle, remainder: Buffer.concat(bytes) };
  }

  readOn(bytes: Buffer): void {
    this.#parser = this.#createParser();
    this.#resume();
    if (bytes.length > 0) this.#onData(bytes);
  }

  retire(): void {
    this.#keepConnection = false;
    this.#resume(); // into a parser that has ended: only the end is heard of
  }

  requestEnded(): void {
    this.#request = undefined;
    if (!this.#keepConnection) this.socket.end();
  }

  #readKept(): Buffer | null {
    return this.socket.read() as Buffer | null;
  }

  #resume(): void {
    // As long as Node believes that it reads: libuv fails a second start (EALREADY), and Node destroys the socket for that.
    findHandle(this.socket)?.readStart?.();
    this.socket.resume();
  }

  #createParser(): RecordParser {
    return new RecordParser((record) => {
      this.#onRecord(record);
    });
  }

  #onData(chunk: Buffer): void {
    try {
      this.#parser.push(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      log('error', 'a peer broke the FastCGI protocol', { reason: error.message });
      this.socket.destroy();
    }
    this.#request?.flushToWorker();
  }

  #onRecord(record: FastCgiRecord): void {
    if (this.socket.destroyed) return;
    if (record.requestId === 0) this.socket.write(answerManagement(record, CAPACITY));
    else if (record.type === RecordType.BeginRequest) this.#begin(record);
    else if (record.requestId === this.#request?.id) this.#request.receive(record);
    // Anything else is what is left of a request we have answered: httpd stops its STDIN without the
    // terminating record and begins the next request (invariant 3).
  }

  #begin(record: FastCgiRecord): void {
    const { role, keepConnection } = decodeBeginRequest(record.content);
    if (this.#request !== undefined) {
      this.#refuse(record.requestId, ProtocolStatus.CantMpxConn);
    } else if (role !== this.#owner.role) {
      this.#refuse(record.requestId, ProtocolStatus.UnknownRole);
    } else {
      // The link to the worker is kept whatever the peer does with its own connection.
      const begin = keepConnection
        ? record.bytes
        : encodeBeginRequest({ requestId: record.requestId, role, keepConnection: true });
      this.#keepConnection = keepConnection;
      this.#request = new BridgeRequest(record.requestId, this, begin, this.#owner);
    }
  }

  #refuse(requestId: number, protocolStatus: number): void {
    this.socket.write(encodeEndRequest({ requestId, appStatus: 0, protocolStatus }));
  }
}
