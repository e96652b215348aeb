import { type Socket } from 'node:net';

import { EMPTY, encodeHeader, RecordType } from '@httpd-express/fastcgi';

import { ByteRun } from './byte-run.ts';

/** A response on its way to httpd: what waits to be written, what httpd has not taken, and since when it takes nothing. */
export class RequestOutput {
  readonly #socket: Socket;
  readonly #now: () => number;
  readonly #waiting = new ByteRun();
  /** Bytes of STDOUT in `#waiting`, or written and not taken. */
  #owedBytes = 0;
  #blockedAt: number | undefined;
  /** A worker writes to the connection, and we do not. */
  #isLent = false;
  #respondedAt = 0;
  #sentAt: number;

  /** @param now the clock, in milliseconds */
  constructor(socket: Socket, now: () => number) {
    this.#socket = socket;
    this.#now = now;
    this.#sentAt = now();
  }

  /** Since when httpd takes no more. */
  get blockedAt(): number | undefined {
    return this.#blockedAt;
  }

  /** Whether a worker has the connection. */
  get isLent(): boolean {
    return this.#isLent;
  }

  /** When a part of the response was last sent. */
  get respondedAt(): number {
    return this.#isLent ? this.#now() : this.#respondedAt;
  }

  /** Keeps whole records until `flush`, with so many bytes of STDOUT in them. */
  append(records: Buffer, stdoutBytes = 0): void {
    this.#owedBytes += stdoutBytes;
    this.#waiting.append(records);
  }

  /** Sends what was kept. Returns how many bytes of STDOUT httpd has taken by now. */
  flush(): number {
    if (this.#waiting.length === 0) return 0;
    const takesMore = this.#waiting.flush(this.#socket);
    this.#noteResponse(takesMore);
    return takesMore ? this.#settle() : 0;
  }

  /** Sends at once. False: httpd takes no more for now. */
  write(records: Buffer): boolean {
    const takesMore = this.#socket.write(records);
    this.#noteResponse(takesMore);
    return takesMore;
  }

  /** httpd's connection takes bytes again. Returns how many bytes of STDOUT it has taken. */
  drained(): number {
    this.#blockedAt = undefined;
    return this.#settle();
  }

  /**
   * Sends an empty STDERR record when httpd has heard nothing for `intervalMs`: mod_proxy_fcgi ignores it but starts
   * its time-out anew, so that our deadlines decide and not httpd's (invariant 6).
   */
  keepAlive(requestId: number, intervalMs: number): void {
    const now = this.#now();
    if (this.#isLent || now - this.#sentAt < intervalMs || this.#socket.writableLength > 0) return;
    this.#sentAt = now;
    this.#socket.write(encodeHeader(RecordType.Stderr, requestId, 0, 0));
  }

  /** Gives the connection away once all that was written to it has left; it may close before. Nothing may wait for `flush`. */
  lend(take: () => void): void {
    if (this.#socket.writableLength > 0) {
      // `drain` comes only after a write that answered false.
      this.#socket.write(EMPTY, (error) => {
        if (!error) this.lend(take);
      });
      return;
    }
    this.#isLent = true;
    take();
  }

  /** Whoever has the connection says whether it takes no more. */
  stall(isStalled: boolean): void {
    this.#blockedAt = isStalled ? this.#now() : undefined;
  }

  /** Nobody else writes any more. */
  takeBack(): void {
    if (!this.#isLent) return;
    this.#isLent = false;
    this.#blockedAt = undefined;
    this.#respondedAt = this.#now(); // when httpd heard the last of it nobody knows: `#sentAt` stays
  }

  /** Sends the last bytes. */
  end(records: Buffer): void {
    this.#waiting.append(records);
    this.#waiting.flush(this.#socket);
  }

  /** Nothing more of it is sent. */
  clear(): void {
    this.#waiting.clear();
  }

  #noteResponse(takesMore: boolean): void {
    this.#sentAt = this.#respondedAt = this.#now();
    if (!takesMore) this.#blockedAt ??= this.#sentAt;
  }

  #settle(): number {
    const bytes = this.#owedBytes;
    this.#owedBytes = 0;
    return bytes;
  }
}
