import { type Socket } from 'node:net';

/**
 * Records on their way through, forwarded as they came. Neighbours in one received chunk leave as one buffer, so that
 * a small request or response is one write: each extra write wakes the receiver once more.
 */
export class ByteRun {
  #chunks: Buffer[] = [];
  #length = 0;

  /** Bytes waiting to be written. */
  get length(): number {
    return this.#length;
  }

  append(bytes: Buffer): void {
    this.#length += bytes.length;
    const last = this.#chunks.at(-1);
    if (last?.buffer === bytes.buffer && last.byteOffset + last.length === bytes.byteOffset) {
      this.#chunks[this.#chunks.length - 1] = Buffer.from(
        bytes.buffer,
        last.byteOffset,
        last.length + bytes.length,
      );
    } else {
      this.#chunks.push(bytes);
    }
  }

  /** Hands everything over and forgets it: runs of whole records. */
  take(): readonly Buffer[] {
    const chunks = this.#chunks;
    this.clear();
    return chunks;
  }

  /** Writes everything to `socket` and forgets it. Returns false when the socket wants its `drain` waited for. */
  flush(socket: Socket): boolean {
    const chunks = this.#chunks;
    if (chunks.length === 0) return true;
    this.clear();
    if (chunks.length > 1) socket.cork();
    let accepted = true;
    for (const chunk of chunks) accepted = socket.write(chunk);
    if (chunks.length > 1) socket.uncork();
    return accepted;
  }

  clear(): void {
    this.#chunks = [];
    this.#length = 0;
  }
}
