import { STREAM_CONTENT_BYTES } from '@httpd-express/fastcgi';

interface Piece {
  readonly data: string | Uint8Array;
  readonly encoding: BufferEncoding;
  readonly bytes: number;
}

/** Collects strings and bytes, and hands them over in as few buffers as make sense. */
export class ContentBuffer {
  // Most responses are one piece: only further ones are put on the list.
  #first: Piece | undefined;
  #more: Piece[] = [];
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  /** `bytes` is the length of `data` in that encoding, not 0. Bytes are not copied: they must not change until they were sent. */
  add(data: string | Uint8Array, encoding: BufferEncoding, bytes: number): void {
    const piece = { data, encoding, bytes };
    if (this.#first === undefined) this.#first = piece;
    else this.#more.push(piece);
    this.#byteLength += bytes;
  }

  /**
   * Everything collected so far. What fits into one record is copied together, and so is the beginning of more: a head
   * and a large body are one full record and the rest of the body, uncopied.
   */
  take(): readonly Buffer[] {
    const [first, more, bytes] = [this.#first, this.#more, this.#byteLength];
    if (first === undefined) return [];
    this.#first = undefined;
    this.#byteLength = 0;
    if (more.length === 0) return [toBuffer(first.data, first.encoding)];
    this.#more = [];
    return join([first, ...more], bytes);
  }
}

function join(pieces: readonly Piece[], bytes: number): readonly Buffer[] {
  const record = Buffer.allocUnsafe(Math.min(bytes, STREAM_CONTENT_BYTES));
  const rest: Buffer[] = [];
  let offset = 0;
  for (const { data, encoding, bytes: pieceBytes } of pieces) {
    if (typeof data === 'string' && pieceBytes <= record.length - offset) {
      offset += record.write(data, offset, encoding);
    } else {
      const whole = toBuffer(data, encoding);
      const copied = whole.copy(record, offset);
      offset += copied;
      if (copied < whole.length) rest.push(whole.subarray(copied));
    }
  }
  return [record, ...rest];
}

/** The bytes of a piece of content; not copied when they are bytes already. */
export function toBuffer(data: string | Uint8Array, encoding: BufferEncoding): Buffer {
  if (typeof data === 'string') return Buffer.from(data, encoding);
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
