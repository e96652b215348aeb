/** Collects strings and bytes, and hands them over as one buffer. */
export class ContentBuffer {
  // Most responses are one piece: only further ones are put on the list.
  #data: string | Uint8Array = '';
  #encoding: BufferEncoding = 'utf8';
  #more: { readonly data: string | Uint8Array; readonly encoding: BufferEncoding }[] | undefined;
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  /** `bytes` is the length of `data` in that encoding, not 0. Bytes are not copied: they must not change until `take`. */
  add(data: string | Uint8Array, encoding: BufferEncoding, bytes: number): void {
    if (this.#byteLength === 0) {
      this.#data = data;
      this.#encoding = encoding;
    } else {
      this.#more ??= [];
      this.#more.push({ data, encoding });
    }
    this.#byteLength += bytes;
  }

  /** Everything collected so far, in one buffer; a single piece of bytes is handed over uncopied. */
  take(): Buffer {
    const content = this.#more === undefined ? toBuffer(this.#data, this.#encoding) : this.#join(this.#more);
    this.#data = '';
    this.#more = undefined;
    this.#byteLength = 0;
    return content;
  }

  #join(more: readonly { readonly data: string | Uint8Array; readonly encoding: BufferEncoding }[]): Buffer {
    const content = Buffer.allocUnsafe(this.#byteLength);
    let offset = copyTo(content, 0, this.#data, this.#encoding);
    for (const { data, encoding } of more) offset += copyTo(content, offset, data, encoding);
    return content;
  }
}

/** The bytes of a piece of content; not copied when they are bytes already. */
export function toBuffer(data: string | Uint8Array, encoding: BufferEncoding): Buffer {
  if (typeof data === 'string') return Buffer.from(data, encoding);
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function copyTo(
  content: Buffer,
  offset: number,
  data: string | Uint8Array,
  encoding: BufferEncoding,
): number {
  if (typeof data === 'string') return content.write(data, offset, encoding);
  content.set(data, offset);
  return data.byteLength;
}
