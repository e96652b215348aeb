import { MAX_PARAMS_BYTES } from './constants.ts';
import { LimitExceededError } from './errors.ts';
import { Params } from './params.ts';
import { EMPTY } from './record.ts';

/**
 * The PARAMS stream of one request until it is complete. One record, the usual case, is decoded where it lies; further
 * records are gathered in a buffer that doubles, so that a stream of tiny records costs no more than its bytes.
 */
export class ParamsAssembly {
  #bytes = EMPTY;
  #length = 0;
  /** `#bytes` are the peer's. */
  #isBorrowed = false;

  /** Adds the content, not empty, of one record. Throws LimitExceededError above MAX_PARAMS_BYTES. */
  add(content: Buffer): void {
    const length = this.#length + content.length;
    if (length > MAX_PARAMS_BYTES)
      throw new LimitExceededError('MAX_PARAMS_BYTES', MAX_PARAMS_BYTES, 'bytes of PARAMS');
    if (this.#length === 0) {
      this.#bytes = content;
      this.#isBorrowed = true;
    } else {
      // Content that is borrowed is full: it always grows, so what is the peer's is never written to.
      if (length > this.#bytes.length) this.#grow(length);
      content.copy(this.#bytes, this.#length);
    }
    this.#length = length;
  }

  /** What has been added may change afterwards. */
  keep(): void {
    if (this.#isBorrowed) this.#grow(this.#length);
  }

  /** The variables. Throws ProtocolError when the last pair is cut off. */
  decode(): Params {
    const isFull = this.#length === this.#bytes.length;
    return new Params(isFull ? this.#bytes : this.#bytes.subarray(0, this.#length));
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    this.#isBorrowed = false;
  }
}
