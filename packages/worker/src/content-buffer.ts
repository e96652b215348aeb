import { LARGE_BUFFER_BYTES } from '@httpd-express/fastcgi';

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

  /** Everything collected so far, to be sent as one: small neighbours are copied together, large pieces of bytes are not. */
  take(): readonly Buffer[] {
    const [first, more] = [this.#first, this.#more];
    if (first === undefined) return [];
    this.#first = undefined;
    this.#byteLength = 0;
    if (more.length === 0) return [toBuffer(first.data, first.encoding)];
    this.#more = [];
    return join([first, ...more]);
  }
}

function join(pieces: readonly Piece[]): readonly Buffer[] {
  const buffers: Buffer[] = [];
  let small: Piece[] = [];
  const endSmall = (): void => {
    if (small.length > 0) buffers.push(copyTogether(small));
    small = [];
  };
  for (const piece of pieces) {
    if (piece.bytes < LARGE_BUFFER_BYTES) {
      small.push(piece);
    } else {
      endSmall();
      buffers.push(toBuffer(piece.data, piece.encoding));
    }
  }
  endSmall();
  return buffers;
}

function copyTogether(pieces: readonly Piece[]): Buffer {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return toBuffer(only.data, only.encoding);
  const buffer = Buffer.allocUnsafe(pieces.reduce((sum, { bytes }) => sum + bytes, 0));
  let offset = 0;
  for (const { data, encoding } of pieces)
    offset +=
      typeof data === 'string'
        ? buffer.write(data, offset, encoding)
        : toBuffer(data, encoding).copy(buffer, offset);
  return buffer;
}

/** The bytes of a piece of content; not copied when they are bytes already. */
export function toBuffer(data: string | Uint8Array, encoding: BufferEncoding): Buffer {
  if (typeof data === 'string') return Buffer.from(data, encoding);
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
