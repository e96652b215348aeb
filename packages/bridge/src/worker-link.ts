import { connect, type Socket } from 'node:net';

import {
  encodeRecord,
  type FastCgiRecord,
  NULL_REQUEST_ID,
  ProtocolError,
  RecordParser,
  RecordType,
} from '@httpd-express/fastcgi';

import { type ByteRun } from './byte-run.ts';
import { log } from './log.ts';
import { type OwnReason } from './own-response.ts';
import { type BridgeRequest, type Leaving, type RequestLink } from './request.ts';

/** Asks nothing in particular: the kernel connects before the worker accepts, an answer says that it has. */
const hello = encodeRecord(RecordType.GetValues, NULL_REQUEST_ID);

/** What a link tells the pool it belongs to. */
export interface LinkOwner {
  /** The worker has accepted it: it may carry a request. */
  linkOpened(link: WorkerLink): void;
  /** The request it carried has ended; `reusable` when it may carry another. */
  linkFreed(link: WorkerLink, reusable: boolean, request: BridgeRequest | undefined): void;
  /** It was closed before the worker accepted it. */
  linkRefused(link: WorkerLink, reason: string): void;
  /** Nothing was being carried when the worker closed it. */
  linkClosed(link: WorkerLink): void;
  /** What a request is told whose link breaks. */
  readonly lossReason: OwnReason;
  readonly workerId: number;
}

/** One pooled connection to a worker: it carries one request at a time. */
export class WorkerLink implements RequestLink {
  readonly #socket: Socket;
  readonly #owner: LinkOwner;
  readonly #parser: RecordParser;
  #request: BridgeRequest | undefined;
  /** The request that is over, until the link is handed on. */
  #ended: BridgeRequest | undefined;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  /** A chunk is being read; a link is handed on only after its last record was looked at. */
  #reading = false;

  constructor(path: string, owner: LinkOwner) {
    this.#owner = owner;
    this.#parser = new RecordParser((record) => {
      this.#onRecord(record);
    });
    this.#socket = connect(path);
    this.#socket.write(hello);
    this.#socket.on('data', (chunk) => {
      this.#onData(chunk);
    });
    this.#socket.on('drain', () => this.#request?.inputDrained());
    this.#socket.on('error', (error) => {
      this.#onClose(error.message);
    });
    this.#socket.on('close', () => {
      this.#onClose('closed');
    });
  }

  /** The request it carries. */
  get request(): BridgeRequest | undefined {
    return this.#request;
  }

  /** Gives it a request to carry. Precondition: it is open and carries none. */
  carry(request: BridgeRequest): void {
    this.#request = request;
    request.start(this);
  }

  write(run: ByteRun): boolean {
    return run.flush(this.#socket);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Anything but END_REQUEST leaves bytes on the way, so that this link carries no other request. */
  free(leaving: Leaving): void {
    this.#ended = this.#request;
    this.#request = undefined;
    if (leaving !== 'answered') this.#giveUp(leaving);
    if (!this.#reading) this.#handOn();
  }

  /** Closes it for good; a request it carries fails as its close does. */
  destroy(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    const request = this.#request;
    this.#reading = true;
    try {
      this.#parser.push(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      log('error', 'worker broke the FastCGI protocol', {
        worker: this.#owner.workerId,
        reason: error.message,
      });
      this.#socket.destroy();
      this.#request?.fail('bad-response', this.#owner.workerId);
    }
    this.#reading = false;
    if (request !== undefined && this.#request === undefined) this.#handOn();
    else this.#request?.flushToHttpd();
  }

  /** The worker learns of a deadline by ABORT_REQUEST, of a client that left by the end of the connection. */
  #giveUp(leaving: 'abandoned' | 'overdue'): void {
    this.#state = 'closed';
    const canTell = leaving === 'overdue' && this.#socket.writableLength === 0 && this.#ended !== undefined;
    if (canTell) this.#socket.end(encodeRecord(RecordType.AbortRequest, this.#ended?.id ?? 0));
    else this.#socket.destroy();
  }

  /** Anything still on its way in either direction would reach the next request (invariant 2). */
  #handOn(): void {
    const isClean = this.#socket.writableLength === 0 && this.#parser.bufferedBytes === 0;
    if (this.#state === 'open' && !isClean) this.#giveUp('abandoned');
    this.#socket.resume();
    const ended = this.#ended;
    this.#ended = undefined;
    this.#owner.linkFreed(this, this.#state === 'open', ended);
  }

  #onRecord(record: FastCgiRecord): void {
    if (this.#state === 'opening' && record.type === RecordType.GetValuesResult) this.#open();
    else if (this.#request?.id === record.requestId) this.#request.respond(record);
    else this.#socket.destroy(); // bytes after END_REQUEST: this link is not to be trusted again
  }

  #open(): void {
    this.#state = 'open';
    this.#owner.linkOpened(this);
  }

  #onClose(reason: string): void {
    const request = this.#request;
    const wasOpening = this.#state === 'opening';
    this.#request = undefined;
    this.#state = 'closed';
    if (wasOpening) this.#owner.linkRefused(this, reason);
    else if (request === undefined) this.#owner.linkClosed(this);
    else request.fail(this.#owner.lossReason, this.#owner.workerId);
  }
}
