import { type Socket } from 'node:net';

import { BODY_LOAN_MS, EMPTY, type FastCgiRecord } from '@httpd-express/fastcgi';

import { ByteRun } from './byte-run.ts';
import { type BodyLoan, type HttpdSide, type RequestLink } from './request-sides.ts';

/** Body bytes held for a request that has no worker yet; beyond it the connection is not read. */
const MAX_HELD_BODY_BYTES = 64 * 1024;

/** A request on its way to its worker: what waits to be written, how much of the body has come, and who reads it. */
export class RequestInput {
  readonly #httpd: HttpdSide;
  readonly #socket: Socket;
  readonly #now: () => number;
  readonly #waiting = new ByteRun();
  #bodyBytes = 0;
  /** Bytes of the body in `#waiting`. */
  #heldBodyBytes = 0;
  #isComplete: boolean;
  #givenAt = 0;
  /** A worker reads the connection, and we do not. */
  #loan: BodyLoan | undefined;
  /** What it has read and not used. */
  #remainder: Buffer[] = [];

  /**
   * @param begin the BEGIN_REQUEST record as it goes to the worker
   * @param isComplete no STDIN will come
   * @param now the clock, in milliseconds
   */
  constructor(httpd: HttpdSide, begin: Buffer, isComplete: boolean, now: () => number) {
    this.#httpd = httpd;
    this.#socket = httpd.socket;
    this.#now = now;
    this.#isComplete = isComplete;
    this.#waiting.append(begin);
  }

  /** Of STDIN, so far. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** The end of STDIN has come. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether a worker has the connection. */
  get isLent(): boolean {
    return this.#loan !== undefined;
  }

  /** When the worker was last given something to work on. */
  get givenAt(): number {
    return this.#givenAt;
  }

  /** Since when the client has sent nothing, while nobody but the client is waited for. */
  get awaitedSince(): number | undefined {
    return this.#isComplete || this.#socket.isPaused() ? undefined : this.#givenAt;
  }

  /** Keeps a record of PARAMS until `flush`. */
  append(record: FastCgiRecord): void {
    this.#waiting.append(record.bytes);
  }

  /** Takes a record of STDIN, and keeps it until `flush` where the worker wants it. */
  receiveBody(record: FastCgiRecord, isWanted: boolean): void {
    this.#bodyBytes += record.contentLength;
    this.#isComplete ||= record.contentLength === 0;
    this.#givenAt = this.#now();
    if (!isWanted) return;
    this.#waiting.append(record.bytes);
    this.#heldBodyBytes += record.contentLength;
  }

  /** The worker has been chosen: the time of its work begins. */
  begin(): void {
    this.#givenAt = this.#now();
    this.#socket.resume();
  }

  /** Sends what was kept. Pauses httpd's connection while the worker takes no more. */
  flush(link: RequestLink | undefined): void {
    if (this.#waiting.length === 0) return;
    const stdinBytes = this.#heldBodyBytes;
    this.#heldBodyBytes = 0;
    if (link?.write(this.#waiting, stdinBytes) === false) this.#socket.pause();
  }

  /** There is no worker: pauses httpd's connection when enough is kept. */
  hold(): void {
    if (this.#heldBodyBytes > MAX_HELD_BODY_BYTES) this.#socket.pause();
  }

  /** The worker takes more of the body. */
  drained(): void {
    if (!this.isLent) this.#socket.resume();
  }

  /** Gives the connection to the worker, which would read what is left of the body; undefined when nothing is, or it is closed. */
  lend(): BodyLoan | undefined {
    const loan = this.#isComplete || this.isLent ? undefined : this.#httpd.stopReading();
    if (loan === undefined) return undefined;
    this.#loan = loan;
    this.#givenAt = this.#now() + BODY_LOAN_MS; // the body may come until then, and we do not see it
    return loan;
  }

  /** What the worker has read of the connection and not used; empty, it reads no more. */
  takeRemainder(bytes: Buffer): void {
    if (bytes.length > 0) this.#remainder.push(bytes);
    else this.#readOn(Buffer.concat(this.#remainder.splice(0)));
  }

  /** The worker has ended the request. A loan that was not given back was not begun. */
  takeBack(): void {
    this.#readOn(this.#loan?.remainder ?? EMPTY);
  }

  /** Nothing more of it is sent. */
  clear(): void {
    this.#waiting.clear();
  }

  /** The request is over: what is left of the body is read and thrown away (invariant 3). */
  end(): void {
    this.#waiting.clear();
    if (this.isLent) this.#httpd.retire();
    else this.#socket.resume();
    this.#loan = undefined;
  }

  #readOn(bytes: Buffer): void {
    if (!this.isLent) return;
    this.#loan = undefined;
    this.#givenAt = this.#now();
    this.#httpd.readOn(bytes);
  }
}
