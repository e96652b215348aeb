import { Socket, type SocketConstructorOpts } from 'node:net';

import {
  type Borrower,
  type Content,
  encodeStream,
  type Loan,
  RecordType,
  type SentCallback,
  writeParts,
} from '@httpd-express/fastcgi';

/** For how long a connection takes nothing before the bridge hears of it. */
const STALL_MS = 100;
/**
 * For how long nothing is written before it is given back: in the bridge's hands it is kept alive, every third of a
 * second where httpd's patience is one second.
 */
const IDLE_MS = 250;

/** A connection as it comes over IPC: one of libuv's handles. */
export interface ConnectionHandle {
  close(): void;
}

/**
 * httpd's connection, for the length of a response, or of a part without pauses. The bridge has it as well and goes on
 * reading: here it is only written to, and closed without an end, which would be that of both.
 */
export class LentConnection implements Loan {
  readonly #socket: Socket;
  readonly #requestId: number;
  readonly #borrower: Borrower;
  readonly #idle: NodeJS.Timeout;
  #stall: NodeJS.Timeout | undefined;
  #isStalled = false;
  /** Writes whose callbacks have not been called. */
  #writes = 0;
  #done: (() => void) | undefined;

  /** @param requestId its request id on this connection */
  constructor(handle: ConnectionHandle, requestId: number, borrower: Borrower) {
    this.#requestId = requestId;
    this.#borrower = borrower;
    // `handle` is how Node itself makes a socket of one (`lib/net.js`, Node 20 to 26); readable, it would begin to read.
    this.#socket = new Socket({ handle, readable: false, writable: true } as SocketConstructorOpts);
    this.#socket.on('drain', () => {
      this.#moves();
    });
    this.#socket.on('error', () => {
      this.#close();
      borrower.loanBroken();
    });
    this.#idle = setTimeout(() => {
      this.#onIdle();
    }, IDLE_MS).unref();
  }

  write(content: Content, callback?: SentCallback): boolean {
    this.#writes += 1;
    const records = encodeStream(RecordType.Stdout, this.#requestId, content);
    const takesMore = writeParts(this.#socket, records, (error) => {
      callback?.(error);
      this.#writes -= 1;
      if (!error) this.#settle();
    });
    if (!takesMore) this.#watchForStall();
    this.#idle.refresh();
    return takesMore;
  }

  giveBack(done: () => void): void {
    this.#done = done;
    this.#settle();
  }

  drop(): void {
    this.#close();
  }

  #moves(): void {
    clearTimeout(this.#stall);
    this.#stall = undefined;
    if (this.#isStalled) this.#borrower.loanStalled(false);
    this.#isStalled = false;
  }

  #settle(): void {
    const done = this.#done;
    if (done === undefined || this.#writes > 0) return;
    this.#close();
    done();
  }

  #watchForStall(): void {
    this.#stall ??= setTimeout(() => {
      this.#isStalled = true;
      this.#borrower.loanStalled(true);
    }, STALL_MS).unref();
  }

  #onIdle(): void {
    if (this.#writes > 0) this.#idle.refresh();
    else this.#borrower.loanIdle();
  }

  /** Without an end: `destroy` closes our handle alone. */
  #close(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#stall);
    this.#done = undefined;
    this.#socket.destroy();
  }
}
