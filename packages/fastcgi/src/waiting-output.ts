import { STREAM_CONTENT_BYTES } from './constants.ts';

/** Called when the bytes have left, or with the error that kept them from leaving. */
export type SentCallback = (error?: Error | null) => void;

interface Piece {
  readonly content: Buffer;
  readonly callback: SentCallback | undefined;
}

/** What of a stream its receiver has given no credit for yet, in order. */
export class WaitingOutput {
  readonly #send: (content: Buffer, callback?: SentCallback) => void;
  readonly #pieces: Piece[] = [];
  #byteLength = 0;

  constructor(send: (content: Buffer, callback?: SentCallback) => void) {
    this.#send = send;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  add(content: Buffer, callback: SentCallback | undefined): void {
    this.#pieces.push({ content, callback });
    this.#byteLength += content.length;
  }

  /** Sends what `credit` covers, of a piece that goes beyond it in whole records only, and returns what is left of it. */
  release(credit: number): number {
    let left = credit;
    for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
      const { content, callback } = piece;
      if (content.length > left) {
        const covered = left - (left % STREAM_CONTENT_BYTES);
        if (covered > 0) this.#send(content.subarray(0, covered));
        this.#pieces[0] = { content: content.subarray(covered), callback };
        this.#byteLength -= covered;
        return left - covered;
      }
      left -= content.length;
      this.#byteLength -= content.length;
      this.#pieces.shift();
      this.#send(content, callback);
    }
    return left;
  }

  /** Nothing of it will leave. */
  drop(error: Error): void {
    this.#byteLength = 0;
    for (const { callback } of this.#pieces.splice(0)) callback?.(error);
  }
}
