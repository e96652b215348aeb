import { HEADER_BYTES, RecordType } from './constants.ts';
import { EMPTY, encodeHeader, requireVersion } from './record.ts';

/**
 * The content of one request's STDIN, taken out of a connection that nothing else comes on, in the memory it was read to.
 * Record by record it would be assembled first, and handed over in pieces of 16 KiB (httpd 2.4 mod_proxy_fcgi).
 */
export class StdinExtractor {
  readonly #requestId: number;
  readonly #header = Buffer.allocUnsafe(HEADER_BYTES);
  /** Of a header whose rest has not come. */
  #headerBytes = 0;
  /** Of a record's content, what has not come. */
  #contentBytesLeft = 0;
  #state: 'reading' | 'ended' | 'foreign' = 'reading';
  /** What followed the end, or is no STDIN. */
  #rest = EMPTY;

  constructor(requestId: number) {
    this.#requestId = requestId;
  }

  /** The end of STDIN has come. */
  get hasEnded(): boolean {
    return this.#state === 'ended';
  }

  /** What follows is for somebody else to read: after the end, and where something else comes than STDIN. */
  get isOver(): boolean {
    return this.#state !== 'reading';
  }

  /**
   * Moves the content in `chunk` to its beginning and returns that; what else is in its memory is zeros. Throws
   * ProtocolError for a record that is not of version 1.
   */
  take(chunk: Buffer): Buffer {
    let contentBytes = 0;
    let offset = 0;
    while (offset < chunk.length && !this.isOver) {
      if (this.#contentBytesLeft === 0) {
        offset = this.#takeHeader(chunk, offset);
        continue;
      }
      const end = Math.min(offset + this.#contentBytesLeft, chunk.length);
      chunk.copyWithin(contentBytes, offset, end);
      contentBytes += end - offset;
      this.#contentBytesLeft -= end - offset;
      offset = end;
    }
    if (this.isOver) this.#rest = Buffer.concat([this.#rest, chunk.subarray(offset)]);
    chunk.fill(0, contentBytes);
    return chunk.subarray(0, contentBytes);
  }

  /** What another reader has to begin with, in front of what has not been read. */
  release(): Buffer {
    if (this.isOver) return this.#rest;
    return this.#contentBytesLeft > 0
      ? encodeHeader(RecordType.Stdin, this.#requestId, this.#contentBytesLeft, 0)
      : this.#header.subarray(0, this.#headerBytes);
  }

  /** Returns the offset behind what it has taken. */
  #takeHeader(chunk: Buffer, offset: number): number {
    const taken = chunk.copy(this.#header, this.#headerBytes, offset);
    this.#headerBytes += taken;
    if (this.#headerBytes === HEADER_BYTES) this.#readHeader();
    return offset + taken;
  }

  #readHeader(): void {
    const header = this.#header;
    this.#headerBytes = 0;
    requireVersion(header.readUInt8(0));
    const contentLength = header.readUInt16BE(4);
    // httpd pads nothing; a record that is padded is not given back in the middle.
    const isOurs = header.readUInt8(1) === RecordType.Stdin && header.readUInt16BE(2) === this.#requestId;
    if (!isOurs || header.readUInt8(6) > 0) {
      this.#state = 'foreign';
      this.#rest = header;
    } else if (contentLength === 0) {
      this.#state = 'ended';
    } else {
      this.#contentBytesLeft = contentLength;
    }
  }
}
