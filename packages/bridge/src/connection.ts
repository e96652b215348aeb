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

import { type ConnectionHandle, findHandle } from './connection-handle.ts';
import { Deadline } from './deadline.ts';
import { type Expected, type HttpdReader, openHttpdSocket } from './httpd-socket.ts';
import { log } from './log.ts';
import { BridgeRequest, type RequestOwner } from './request.ts';
import { type ConnectionHolder, type HttpdSide } from './request-sides.ts';

/** What GET_VALUES is told: httpd opens a connection per request in flight, and never asks. */
const CAPACITY = { maxConnections: MAX_CONNECTIONS, maxRequests: 1 };

/**
 * One connection from httpd: requests follow each other on it, all with the same id (httpd 2.4 mod_proxy_fcgi). httpd
 * is the side that closes it; we never do while it is idle (invariant 8).
 */
export class HttpdConnection implements HttpdSide, HttpdReader {
  static #lastNumber = 0;
  readonly socket: Socket;
  readonly number = ++HttpdConnection.#lastNumber;
  readonly deadline: Deadline;
  readonly #owner: RequestOwner;
  #parser = this.#createParser();
  #request: BridgeRequest | undefined;
  /** What the request in progress wants to happen after it. */
  #keepConnection = true;
  /** The last body that did not come along with its PARAMS was lent. */
  #lendsBodies = false;
  /** Workers that have it open as well. */
  readonly #holders = new Set<ConnectionHolder>();

  constructor(accepted: Socket, owner: RequestOwner) {
    const socket = openHttpdSocket(accepted, this);
    this.socket = socket;
    this.#owner = owner;
    this.deadline = new Deadline(owner.now);
    socket.on('drain', () => this.#request?.outputDrained());
    socket.on('error', () => {
      /* 'close' follows and says all there is to do */
    });
    socket.on('close', () => {
      this.#request?.cancel();
      this.deadline.stop();
      for (const holder of this.#holders) holder.connectionClosed(this);
    });
  }

  /** The request in progress, if any. */
  get request(): BridgeRequest | undefined {
    return this.#request;
  }

  /** A client that has sent a long body may well send another. */
  get expected(): Expected {
    if (this.#request?.expectsBody === true) return 'body';
    return this.#lendsBodies ? 'params' : 'request';
  }

  onData(chunk: Buffer): void {
    try {
      this.#parser.push(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      log('error', 'a peer broke the FastCGI protocol', { reason: error.message });
      this.close();
    }
    this.#request?.flushToWorker();
    if (this.expected === 'body') this.#lendsBodies = false;
  }

  share(holder: ConnectionHolder): ConnectionHandle | undefined {
    const handle = findHandle(this.socket);
    if (handle !== undefined) this.#holders.add(holder);
    return handle;
  }

  unshare(holder: ConnectionHolder): void {
    this.#holders.delete(holder);
  }

  stopReading(): Buffer | undefined {
    if (this.socket.destroyed) return undefined;
    this.#lendsBodies = true;
    this.socket.pause();
    return Buffer.concat(this.#parser.release());
  }

  readOn(bytes: Buffer): void {
    this.#parser = this.#createParser();
    this.socket.resume();
    if (bytes.length > 0) this.onData(bytes);
  }

  retire(): void {
    this.#keepConnection = false;
    this.socket.resume(); // into a parser that has ended: only the end is heard of
  }

  close(): void {
    this.#parser.stop();
    // While others have it open, httpd would not see that ours is closed.
    if (this.#holders.size > 0) this.socket.destroySoon();
    else this.socket.destroy();
  }

  requestEnded(): void {
    this.#request = undefined;
    if (!this.#keepConnection) this.socket.end();
  }

  #createParser(): RecordParser {
    return new RecordParser((record) => {
      this.#onRecord(record);
    });
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
