import { once } from 'node:events';

import { type ClientOptions, type RawData, WebSocket } from 'ws';

/** How a connection ended. */
export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
  readonly at: number;
}

/** A WebSocket with what it has received. */
export class TestSocket {
  readonly socket: WebSocket;
  readonly messages: Buffer[] = [];
  /** Settles when it is closed. */
  readonly closed: Promise<SocketEnd>;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => undefined); // 'close' follows
    socket.on('message', (data: RawData) => this.messages.push(data as Buffer));
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString(), at: performance.now() });
      });
    });
  }

  /** Connects to an http URL; rejects when the handshake fails. */
  static async open(
    url: string,
    { protocols = [], ...options }: ClientOptions & { protocols?: string[] } = {},
  ): Promise<TestSocket> {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, options);
    const opened = new TestSocket(socket);
    await once(socket, 'open');
    return opened;
  }

  /** The first message, which may be there already. */
  async first(): Promise<string> {
    if (this.messages.length === 0) await once(this.socket, 'message');
    return String(this.messages[0]);
  }

  /** The next message. */
  async next(): Promise<{ data: Buffer; isBinary: boolean }> {
    const [data, isBinary] = (await once(this.socket, 'message')) as [Buffer, boolean];
    return { data, isBinary };
  }

  /** Sends a message and answers the one that follows. */
  async ask(message: string | Buffer): Promise<{ data: Buffer; isBinary: boolean }> {
    const answer = this.next();
    this.socket.send(message);
    return answer;
  }
}
