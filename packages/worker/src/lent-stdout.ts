import {
  type Borrower,
  type Content,
  encodeStream,
  type Loan,
  RecordType,
  type SentCallback,
} from '@httpd-express/fastcgi';

import type { ConnectionWriter, LentConnection } from './lent-connection.ts';

/** For how long a connection takes nothing before the bridge hears of it. */
const STALL_MS = 100;
/**
 * For how long nothing is written before it is given back: in the bridge's hands it is kept alive, every third of a
 * second where httpd's patience is one second.
 */
const IDLE_MS = 250;

/** httpd's connection, for a response, or a part of it without pauses. The bridge does not write to it meanwhile. */
export class LentStdout implements Loan, ConnectionWriter {
  readonly #connection: LentConnection;
  readonly #requestId: number;
  readonly #borrower: Borrower;
  readonly #idle: NodeJS.Timeout;
  #stall: NodeJS.Timeout | undefined;
  #isStalled = false;
  /** Writes whose callbacks have not been called. */
  #writes = 0;
  #done: (() => void) | undefined;

  /** @param requestId its request id on this connection */
  constructor(connection: LentConnection, requestId: number, borrower: Borrower) {
    this.#connection = connection;
    this.#requestId = requestId;
    this.#borrower = borrower;
    connection.startWriting(this);
    this.#idle = setTimeout(() => {
      this.#onIdle();
    }, IDLE_MS).unref();
  }

  write(content: Content, callback?: SentCallback): boolean {
    this.#writes += 1;
    const records = encodeStream(RecordType.Stdout, this.#requestId, content);
    const takesMore = this.#connection.write(records, (error) => {
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

  /** Only with a connection that the bridge closes: what has been written in part cannot be followed by anything. */
  drop(): void {
    this.#stop();
    if (this.#writes > 0) this.#connection.close();
  }

  connectionDrained(): void {
    clearTimeout(this.#stall);
    this.#stall = undefined;
    if (this.#isStalled) this.#borrower.loanStalled(false);
    this.#isStalled = false;
  }

  connectionBroken(): void {
    this.#stop();
    this.#borrower.loanBroken();
  }

  #settle(): void {
    const done = this.#done;
    if (done === undefined || this.#writes > 0) return;
    this.#stop();
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

  #stop(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#stall);
    this.#done = undefined;
    this.#connection.stopWriting();
  }
}
