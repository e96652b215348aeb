import { STREAM_CONTENT_BYTES } from './constants.ts';
import { buffersOf, type Content, EMPTY } from './record.ts';
import { callAll, keepContext, type SentCallback } from './sent-callback.ts';

interface Piece {
  readonly buffer: Buffer;
  readonly callback: SentCallback | undefined;
}

/** What of a stream its receiver has given no credit for yet, in order. */
export class WaitingOutput {
  readonly #send: (content: readonly Buffer[], callback: SentCallback) => void;
  readonly #pieces: Piece[] = [];
  #byteLength = 0;

  constructor(send: (content: readonly Buffer[], callback: SentCallback) => void) {
    this.#send = send;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** The callback is called with the last of its bytes, in the asynchronous context of the caller. */
  add(content: Content, callback: SentCallback | undefined): void {
    const buffers = buffersOf(content);
    for (const buffer of buffers.slice(0, -1)) this.#push(buffer, undefined);
    this.#push(buffers.at(-1) ?? EMPTY, callback && keepContext(callback));
  }

  /**
   * Sends what `credit` covers, of a piece that goes beyond it in multiples of `unit` only, by default whole records. Returns
   * what is left of the credit.
   */
  release(credit: number, unit = STREAM_CONTENT_BYTES): number {
    const content: Buffer[] = [];
    const callbacks: SentCallback[] = [];
    let bytes = 0;
    for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
      const { buffer, callback } = piece;
      if (buffer.length > credit - bytes) {
        const covered = credit - (credit % unit) - bytes;
        if (covered <= 0) break;
        content.push(buffer.subarray(0, covered));
        this.#pieces[0] = { buffer: buffer.subarray(covered), callback };
        bytes += covered;
        break;
      }
      content.push(buffer);
      if (callback !== undefined) callbacks.push(callback);
      this.#pieces.shift();
      bytes += buffer.length;
    }
    this.#byteLength -= bytes;
    if (content.length > 0) this.#send(content, callAll.bind(undefined, callbacks));
    return credit - bytes;
  }

  #push(buffer: Buffer, callback: SentCallback | undefined): void {
    this.#pieces.push({ buffer, callback });
    this.#byteLength += buffer.length;
  }

  /** Nothing of it will leave. */
  drop(error: Error): void {
    this.#byteLength = 0;
    for (const { callback } of this.#pieces.splice(0)) callback?.(error);
  }
}
