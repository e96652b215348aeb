import { Socket, type SocketConstructorOpts } from 'node:net';

import { type SentCallback, writeParts } from '@httpd-express/fastcgi';

/** A connection as it comes over IPC: one of libuv's handles. */
export interface ConnectionHandle {
  close(): void;
  readStart(): number;
  readStop(): number;
}

/** Who reads a connection. */
export interface ConnectionReader {
  receiveBytes(chunk: Buffer): void;
  /** Nothing more will come. */
  connectionOver(): void;
}

/** Who writes to a connection. */
export interface ConnectionWriter {
  /** It takes bytes again. */
  connectionDrained(): void;
  /** It takes none any more. */
  connectionBroken(): void;
}

/**
 * httpd's connection, for as long as httpd keeps it. The bridge has it as well: here it is read or written to while it is lent,
 * and closed without an end, which would be that of both.
 */
export class LentConnection {
  readonly #handle: ConnectionHandle;
  readonly #socket: Socket;
  #reader: ConnectionReader | undefined;
  #writer: ConnectionWriter | undefined;

  constructor(handle: ConnectionHandle) {
    this.#handle = handle;
    // `handle` is how Node itself makes a socket of one (`lib/net.js`, Node 20 to 26). It begins to read at once, and is to
    // believe that it does: whenever it has room, it would begin again. What is read it passes on at once, and keeps nothing.
    this.#socket = new Socket({ handle, allowHalfOpen: true } as SocketConstructorOpts);
    handle.readStop();
    this.#socket.unref();
    this.#socket.on('data', (chunk) => this.#reader?.receiveBytes(chunk));
    this.#socket.on('end', () => this.#reader?.connectionOver());
    this.#socket.on('drain', () => this.#writer?.connectionDrained());
    this.#socket.on('error', () => {
      this.#reader?.connectionOver();
      this.#writer?.connectionBroken();
    });
  }

  /** Reads until `stopReading`. A reader that is over hears so, and nothing else. */
  startReading(reader: ConnectionReader): void {
    this.#reader = reader;
    if (this.#socket.destroyed || this.#socket.readableEnded) reader.connectionOver();
    else this.#handle.readStart();
  }

  /** What has not been read stays where it is. */
  stopReading(): void {
    this.#reader = undefined;
    if (!this.#socket.destroyed) this.#handle.readStop();
  }

  /** Writes until `stopWriting`. */
  startWriting(writer: ConnectionWriter): void {
    this.#writer = writer;
  }

  /** False: it takes no more until it is drained. */
  write(parts: readonly Buffer[], callback: SentCallback): boolean {
    return writeParts(this.#socket, parts, callback);
  }

  stopWriting(): void {
    this.#writer = undefined;
  }

  /** Closes our copy alone. */
  close(): void {
    this.#socket.destroy();
  }
}
