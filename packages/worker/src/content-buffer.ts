/** Collects strings and bytes, and hands them over as one buffer. */
export class ContentBuffer {
  #parts: { readonly data: string | Uint8Array; readonly encoding: BufferEncoding }[] = [];
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  /** `bytes` is the length of `data` in that encoding. Bytes are not copied: they must not change until `take`. */
  add(data: string | Uint8Array, encoding: BufferEncoding, bytes: number): void {
    this.#parts.push({ data, encoding });
    this.#byteLength += bytes;
  }

  /** Everything collected so far, in one buffer; a single piece of bytes is handed over uncopied. */
  take(): Buffer {
    const parts = this.#parts;
    const [first] = parts;
    const content =
      parts.length === 1 && first !== undefined ? toBuffer(first.data, first.encoding) : this.#join();
    this.#parts = [];
    this.#byteLength = 0;
    return content;
  }

  #join(): Buffer {
    const content = Buffer.allocUnsafe(this.#byteLength);
    let offset = 0;
    for (const { data, encoding } of this.#parts) {
      if (typeof data === 'string') {
        offset += content.write(data, offset, encoding);
      } else {
        content.set(data, offset);
        offset += data.byteLength;
      }
    }
    return content;
  }
}

/** The bytes of a piece of content; not copied when they are bytes already. */
export function toBuffer(data: string | Uint8Array, encoding: BufferEncoding): Buffer {
  if (typeof data === 'string') return Buffer.from(data, encoding);
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
