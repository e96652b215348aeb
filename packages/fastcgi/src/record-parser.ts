import { HEADER_BYTES } from './constants.ts';
import { EMPTY, type FastCgiRecord, requireVersion } from './record.ts';

/**
 * Bytes in any chunking in, whole records out, in order. Records inside one chunk are views of it; a record split across
 * chunks is assembled once. No chunk is kept beyond the outermost `push`: afterwards its bytes may change, as far as nobody
 * has a view of them.
 */
export class RecordParser {
  readonly #onRecord: (record: FastCgiRecord) => void;
  /** The start of a record whose end has not come: 8 bytes long until its header is known, then as long as the record. */
  #partial = EMPTY;
  #partialBytes = 0;
  #state: 'idle' | 'reading' | 'stopped' = 'idle';
  /** The chunk being read, and how much of it has been. */
  #chunk = EMPTY;
  #offset = 0;
  /** Chunks pushed by `onRecord` itself: their turn is after the chunk being read. */
  readonly #waiting: Buffer[] = [];

  /** `onRecord` may call `push` and `stop`. When it throws, the parser stops and `push` throws the same. */
  constructor(onRecord: (record: FastCgiRecord) => void) {
    this.#onRecord = onRecord;
  }

  /** Bytes of an unfinished record that are held until the rest comes. */
  get bufferedBytes(): number {
    return this.#partialBytes;
  }

  /** Reads one chunk. Throws ProtocolError, and is stopped, when a record is not of version 1. */
  push(chunk: Buffer): void {
    if (this.#state === 'stopped') return;
    if (this.#state === 'reading') {
      this.#waiting.push(chunk);
      return;
    }
    this.#state = 'reading';
    try {
      this.#read(chunk);
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
        this.#read(next);
      this.#becomeIdle();
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** No record is delivered any more, not even the rest of the chunk being read. */
  stop(): void {
    this.#state = 'stopped';
    this.#partial = EMPTY;
    this.#partialBytes = 0;
    this.#chunk = EMPTY;
    this.#waiting.length = 0;
  }

  /** Stops, and returns what was not delivered, in order: another parser goes on from there. `onRecord` may call it. */
  release(): readonly Buffer[] {
    const rest =
      this.#state === 'reading'
        ? [this.#chunk.subarray(this.#offset), ...this.#waiting]
        : [this.#partial.subarray(0, this.#partialBytes)];
    this.stop();
    return rest.filter(({ length }) => length > 0);
  }

  #becomeIdle(): void {
    if (this.#state === 'reading') this.#state = 'idle';
  }

  #read(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#offset = 0;
    if (this.#partialBytes > 0) this.#completePartial(chunk);
    while (this.#state === 'reading' && chunk.length - this.#offset >= HEADER_BYTES) {
      const start = this.#offset;
      const end = start + recordBytes(chunk, start);
      if (end > chunk.length) break;
      this.#offset = end;
      this.#onRecord(new ReceivedRecord(chunk, start, end));
    }
    if (this.#state === 'reading' && this.#offset < chunk.length) this.#keep(chunk, this.#offset);
    this.#chunk = EMPTY;
  }

  #keep(chunk: Buffer, offset: number): void {
    const isHeaderWhole = chunk.length - offset >= HEADER_BYTES;
    this.#partial = Buffer.allocUnsafe(isHeaderWhole ? recordBytes(chunk, offset) : HEADER_BYTES);
    this.#partialBytes = chunk.copy(this.#partial, 0, offset);
  }

  #completePartial(chunk: Buffer): void {
    if (this.#partialBytes < HEADER_BYTES) {
      this.#append(chunk);
      if (this.#partialBytes < HEADER_BYTES) return;
      this.#makeRoom();
    }
    this.#append(chunk);
    if (this.#partialBytes === this.#partial.length) this.#deliverPartial();
  }

  #append(chunk: Buffer): void {
    const copied = chunk.copy(this.#partial, this.#partialBytes, this.#offset);
    this.#partialBytes += copied;
    this.#offset += copied;
  }

  #makeRoom(): void {
    const header = this.#partial;
    this.#partial = Buffer.allocUnsafe(recordBytes(header, 0));
    header.copy(this.#partial);
  }

  #deliverPartial(): void {
    const whole = this.#partial;
    this.#partial = EMPTY;
    this.#partialBytes = 0;
    this.#onRecord(new ReceivedRecord(whole, 0, whole.length));
  }
}

/** The two views are made when asked for: most records need one of them at most. */
class ReceivedRecord implements FastCgiRecord {
  readonly type: number;
  readonly requestId: number;
  readonly #source: Buffer;
  readonly #start: number;
  readonly #end: number;

  constructor(source: Buffer, start: number, end: number) {
    this.type = byteAt(source, start + 1);
    this.requestId = uint16At(source, start + 2);
    this.#source = source;
    this.#start = start;
    this.#end = end;
  }

  get contentLength(): number {
    return uint16At(this.#source, this.#start + 4);
  }

  get content(): Buffer {
    const { contentLength } = this;
    if (contentLength === 0) return EMPTY;
    const contentStart = this.#start + HEADER_BYTES;
    return this.#source.subarray(contentStart, contentStart + contentLength);
  }

  get bytes(): Buffer {
    return this.#source.subarray(this.#start, this.#end);
  }

  readdress(requestId: number): void {
    this.#source[this.#start + 2] = requestId >>> 8;
    this.#source[this.#start + 3] = requestId;
  }
}

/** Length of the record whose whole header is at `offset`. */
function recordBytes(source: Buffer, offset: number): number {
  requireVersion(byteAt(source, offset));
  return HEADER_BYTES + uint16At(source, offset + 4) + byteAt(source, offset + 6);
}

function uint16At(source: Buffer, offset: number): number {
  return byteAt(source, offset) * 256 + byteAt(source, offset + 1);
}

// Callers have checked that the header is there; the fallback only satisfies the type.
function byteAt(source: Buffer, offset: number): number {
  return source[offset] ?? 0;
}
