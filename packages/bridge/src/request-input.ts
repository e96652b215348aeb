import { type Socket } from 'node:net';

import { BODY_LOAN_MS, EMPTY, type FastCgiRecord, WINDOW_BYTES } from '@httpd-express/fastcgi';

import { ByteRun } from './byte-run.ts';
import { type HttpdSide, type RequestLink } from './request-sides.ts';

/** Body bytes held for a request that has no worker yet; beyond it the connection is not read. */
const MAX_HELD_BODY_BYTES = 64 * 1024;

/** A body of which so much is to come is the worker's to read: more than httpd sends along with PARAMS. */
const LEND_FROM_BYTES = 32 * 1024;

/** A request on its way to its worker: what waits to be written, how much of the body has come, and who reads it. */
export class RequestInput {
  readonly #httpd: HttpdSide;
  readonly #socket: Socket;
  readonly #now: () => number;
  readonly #waiting = new ByteRun();
  #bodyBytes = 0;
  /** Of the whole body, as far as that is known: 0 otherwise. */
  #length = 0;
  /** Bytes of the body in `#waiting`. */
  #heldBodyBytes = 0;
  #isComplete: boolean;
  #givenAt = 0;
  /** A worker reads the connection, and we do not: this we had read. */
  #lentRemainder: Buffer | undefined;
  /** What it has read and not used. */
  #remainder: Buffer[] = [];
  /** Bytes of the body that are to come before it is lent: a client was slow. */
  #patienceBytes = 0;

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
    this.#patienceBytes -= record.contentLength;
    this.#isComplete ||= record.contentLength === 0;
    this.#givenAt = this.#now();
    if (!isWanted) return;
    this.#waiting.append(record.bytes);
    this.#heldBodyBytes += record.contentLength;
  }

  /** The worker has been chosen: the time of its work begins. */
  begin(): void {
    this.#givenAt = this.#now();
    if (!this.isLong) this.#socket.resume();
  }

  /**
   * It waits for a worker: what that is to read is left where it is, and that the client leaves is not noticed before.
   *
   * @param length bytes of the body in all; 0 or NaN where PARAMS do not say it
   */
  awaitWorker(length: number): void {
    this.#length = length;
    if (this.isLong) this.#socket.pause();
  }

  /** Sends what was kept, and lends a long body. Pauses httpd's connection while the worker takes no more. */
  flush(link: RequestLink | undefined): void {
    if (this.#waiting.length === 0) return;
    const stdinBytes = this.#heldBodyBytes;
    this.#heldBodyBytes = 0;
    if (link?.write(this.#waiting, stdinBytes) === false) this.#socket.pause();
    else if (link !== undefined && this.isLong) this.#lend(link);
  }

  /** There is no worker: pauses httpd's connection when enough is kept. */
  hold(): void {
    if (this.#heldBodyBytes > MAX_HELD_BODY_BYTES) this.#socket.pause();
  }

  /** The worker takes more of the body. */
  drained(): void {
    if (!this.#isLent) this.#socket.resume();
  }

  /** What the worker has read of the connection and not used. */
  takeRemainder(bytes: Buffer): void {
    this.#remainder.push(bytes);
  }

  /** It reads no more, and has read so many bytes of the body, and maybe its end. */
  returned(bytes: number, hasEnded: boolean): void {
    this.#bodyBytes += bytes;
    this.#isComplete ||= hasEnded;
    this.#readOn(Buffer.concat(this.#remainder.splice(0)));
  }

  /** The worker has ended the request. A loan that was not returned was not begun. */
  takeBack(): void {
    this.#readOn(this.#lentRemainder ?? EMPTY);
  }

  /** Nothing more of it is sent. */
  clear(): void {
    this.#waiting.clear();
  }

  /** The request is over: what is left of the body is read and thrown away (invariant 3). */
  end(): void {
    this.#waiting.clear();
    if (this.#isLent) this.#httpd.retire();
    else this.#socket.resume();
    this.#lentRemainder = undefined;
  }

  get #isLent(): boolean {
    return this.#lentRemainder !== undefined;
  }

  /** So much is to come that a worker should read it. Without a length it is never: who counts the bytes for the limit is we. */
  get isLong(): boolean {
    const mayBeLent = !this.#isComplete && !this.#isLent && this.#patienceBytes <= 0;
    return mayBeLent && this.#length - this.#bodyBytes >= LEND_FROM_BYTES;
  }

  #lend(link: RequestLink): void {
    const remainder = this.#httpd.stopReading();
    if (remainder === undefined) return;
    this.#lentRemainder = remainder;
    this.#givenAt = this.#now() + BODY_LOAN_MS; // the body may come until then, and we do not see it
    link.lendBody(this.#httpd, remainder);
  }

  #readOn(bytes: Buffer): void {
    if (!this.#isLent) return;
    this.#lentRemainder = undefined;
    this.#patienceBytes = WINDOW_BYTES;
    this.#givenAt = this.#now();
    this.#httpd.readOn(bytes);
  }
}
