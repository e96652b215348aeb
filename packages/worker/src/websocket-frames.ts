import type { CloseSocketsCommand } from './messages.ts';

const EMPTY = Buffer.alloc(0);
const OPCODE_CLOSE = 0x8;
/** A head is the app's own; one that never ends is not worth remembering. */
const MAX_HEAD_LENGTH = 64 * 1024;

/** Why a socket is closed by us. */
export type CloseCode = CloseSocketsCommand['code'];

/**
 * Follows what an app writes to an upgraded connection, so that a close frame can go out between two of its frames
 * (RFC 6455 §5.5: control frames may come between the fragments of a message). Pure: bytes in, bytes out.
 */
export class FrameWatch {
  /** `head`: the answer to the handshake. `other`: not a WebSocket, or the app has sent a close frame itself. */
  #state: 'head' | 'frames' | 'other' | 'closed' = 'head';
  #head = '';
  #frameHead: number[] = [];
  /** Bytes of payload until the end of the frame. */
  #payloadLeft = 0;
  #closeFrame: Buffer | undefined;

  /** Whether a frame of ours could go out now or later. */
  get isWebSocket(): boolean {
    return this.#state === 'frames';
  }

  /** Whether our close frame has gone out. */
  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** Asks for a close frame at the next end of a frame. It goes out with the bytes of a `take`, be they none. */
  close(code: CloseCode): void {
    this.#closeFrame ??= Buffer.from([0x80 | OPCODE_CLOSE, 2, code >> 8, code & 0xff]);
  }

  /** What is to be written for a chunk of the app's: it, and after our close frame nothing. RFC 6455 §5.5.1. */
  take(chunk: Buffer): Buffer {
    if (this.#state === 'other') return chunk;
    if (this.#state === 'closed') return EMPTY;
    const start = this.#state === 'head' ? this.#readHead(chunk) : 0;
    const end = this.#readFrames(chunk, start);
    return end === undefined || this.#closeFrame === undefined
      ? chunk
      : Buffer.concat([chunk.subarray(0, end), this.#closeFrame]);
  }

  /** Where the first frame begins; the length of the chunk when it is not in there. */
  #readHead(chunk: Buffer): number {
    const before = this.#head.length;
    this.#head += chunk.toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    const isSwitching = /^HTTP\/1\.1 101(?: |\r)/.test(this.#head);
    if (this.#head.length > 12 && !isSwitching) this.#state = 'other';
    else if (end >= 0) this.#state = 'frames';
    else if (this.#head.length > MAX_HEAD_LENGTH) this.#state = 'other';
    if (this.#state === 'head') return chunk.length;
    this.#head = '';
    return end < 0 ? chunk.length : end + 4 - before;
  }

  /** Where our close frame goes; undefined for nowhere in this chunk. */
  #readFrames(chunk: Buffer, start: number): number | undefined {
    let at = start;
    while (this.#state === 'frames') {
      if (this.#isBetweenFrames && this.#closeFrame !== undefined) {
        this.#state = 'closed';
        return at;
      }
      if (at >= chunk.length) return undefined;
      if (this.#payloadLeft > 0) {
        const taken = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= taken;
        at += taken;
      } else {
        this.#readFrameByte(chunk[at] ?? 0);
        at += 1;
      }
    }
    return undefined;
  }

  get #isBetweenFrames(): boolean {
    return this.#payloadLeft === 0 && this.#frameHead.length === 0;
  }

  #readFrameByte(byte: number): void {
    const head = this.#frameHead;
    head.push(byte);
    if (head.length < frameHeadLength(head)) return;
    if (((head[0] ?? 0) & 0x0f) === OPCODE_CLOSE) this.#state = 'other';
    this.#payloadLeft = payloadLength(head);
    this.#frameHead = [];
  }
}

/** RFC 6455 §5.2. */
function frameHeadLength([, second]: readonly number[]): number {
  if (second === undefined) return 2;
  const length = second & 0x7f;
  const extended = { 126: 2, 127: 8 }[length] ?? 0;
  return 2 + extended + (second & 0x80 ? 4 : 0);
}

function payloadLength(head: readonly number[]): number {
  const length = (head[1] ?? 0) & 0x7f;
  const extended = { 126: 2, 127: 8 }[length];
  return extended === undefined
    ? length
    : head.slice(2, 2 + extended).reduce((sum, byte) => sum * 256 + byte, 0);
}
