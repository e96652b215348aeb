import { connect, type Socket } from 'node:net';

import { type FastCgiRecord, ProtocolError, RecordParser, writeParts } from '@httpd-express/fastcgi';

/** Up to here what was gathered is copied into one buffer: cheaper than a list for the kernel to walk. */
const COPY_BYTES = 64 * 1024;

/** Who hears of a connection. */
export interface RecordListener {
  onRecord(record: FastCgiRecord): void;
  /** All records that came together have been heard of. */
  onRead(): void;
  /** Called once. `isMistrusted`: its bytes were no FastCGI. */
  onClose(reason: string, isMistrusted: boolean): void;
}

/** A connection that gathers what is written until it is flushed, and gives records of what it reads. */
export class RecordSocket {
  readonly #socket: Socket;
  readonly #listener: RecordListener;
  readonly #parser: RecordParser;
  #parts: Buffer[] = [];
  #bytes = 0;
  #isClosed = false;

  constructor(path: string, listener: RecordListener) {
    this.#listener = listener;
    this.#parser = new RecordParser((record) => {
      listener.onRecord(record);
    });
    this.#socket = connect(path);
    this.#socket.on('data', (chunk) => {
      this.#onData(chunk);
    });
    this.#socket.on('error', (error) => {
      this.close(error.message, false);
    });
    this.#socket.on('close', () => {
      this.close('closed', false);
    });
  }

  /** Bytes that wait for `flush`. */
  get gatheredBytes(): number {
    return this.#bytes;
  }

  write(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
  }

  /** Sends what was gathered, in one write. */
  flush(): void {
    if (this.#bytes === 0 || this.#isClosed) return;
    const parts = this.#parts;
    this.#parts = [];
    this.#bytes = 0;
    writeParts(this.#socket, parts, undefined, COPY_BYTES);
  }

  /** Drops it, and what was not delivered with it. */
  close(reason: string, isMistrusted: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parser.stop();
    this.#socket.destroy();
    this.#listener.onClose(reason, isMistrusted);
  }

  #onData(chunk: Buffer): void {
    try {
      this.#parser.push(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(error.message, true);
    }
    this.#listener.onRead();
  }
}
