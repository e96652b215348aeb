import { type Socket, connect } from 'node:net';

import { waitFor } from './wait-for.ts';

/** A client that sends exactly what it is told to, and shows exactly what comes back; one character per byte. */
export class RawConnection {
  /** Everything received so far. */
  received = '';
  /** Whether the server has closed the connection, or broken it. */
  isClosed = false;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (this.received += text));
    socket.on('end', () => (this.isClosed = true));
    socket.on('close', () => (this.isClosed = true));
    socket.on('error', () => undefined); // `close` follows
  }

  /** Connects to a port of the loopback. */
  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.setNoDelay();
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawConnection(socket);
  }

  /** The client's end. */
  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  /** Waits until everything sent has left. */
  async flushed(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.write('', () => {
        resolve();
      });
    });
  }

  /** Sends no more, and goes on receiving. */
  end(): void {
    this.#socket.end();
  }

  /** Sends bytes, given as one character each. */
  send(text: string): this {
    this.#socket.write(text, 'latin1');
    return this;
  }

  /** Waits until what was received matches. */
  async waitFor(pattern: RegExp, within = 10_000): Promise<void> {
    await waitFor(() => pattern.test(this.received) || this.isClosed, {
      within,
      what: `${String(pattern)} in ${JSON.stringify(this.received.slice(0, 2000))}`,
    });
    if (!pattern.test(this.received))
      throw new Error(`no ${String(pattern)} before the end of ${JSON.stringify(this.received)}`);
  }

  /** Waits until the server closes, and returns everything it sent. */
  async waitForClose(within = 10_000): Promise<string> {
    await waitFor(() => this.isClosed, {
      within,
      what: `the end of ${JSON.stringify(this.received.slice(0, 2000))}`,
    });
    return this.received;
  }

  /** Leaves, as a client does that has lost interest. */
  leave(): void {
    this.#socket.destroy();
  }
}

/** Sends a request on a connection of its own and returns the whole answer. It should ask for `Connection: close`. */
export async function exchange(port: number, text: string): Promise<string> {
  const connection = (await RawConnection.open(port)).send(text);
  try {
    return await connection.waitForClose();
  } finally {
    connection.leave();
  }
}
