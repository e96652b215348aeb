import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import {
  type LimitExceededError,
  type ProtocolError,
  ResponderConnection,
  type ResponderOptions,
} from '../src/index.ts';

/** An application that listens on a real unix socket in a directory of its own. */
export class UnixResponder {
  readonly socketPath: string;
  readonly errors: (ProtocolError | LimitExceededError)[] = [];
  readonly #directory = mkdtempSync(path.join(os.tmpdir(), 'fastcgi-'));
  readonly #sockets = new Set<net.Socket>();
  readonly #listener: net.Server;

  private constructor(options: ResponderOptions) {
    this.socketPath = path.join(this.#directory, 's');
    this.#listener = net.createServer((socket) => {
      this.#serve(socket, options);
    });
  }

  static async start(options: ResponderOptions): Promise<UnixResponder> {
    const responder = new UnixResponder(options);
    responder.#listener.listen(responder.socketPath);
    await once(responder.#listener, 'listening');
    return responder;
  }

  get connectionCount(): number {
    return this.#sockets.size;
  }

  connect(): net.Socket {
    return net.connect(this.socketPath);
  }

  /** Stops reading from every connection. */
  pause(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  /** Settles when every connection has closed and nothing of this is left on the machine. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
    rmSync(this.#directory, { recursive: true });
  }

  #serve(socket: net.Socket, options: ResponderOptions): void {
    this.#sockets.add(socket);
    const connection = new ResponderConnection(socket, {
      ...options,
      onProtocolError: (error) => this.errors.push(error),
    });
    socket.on('data', (chunk) => {
      connection.push(chunk);
    });
    socket.on('error', () => undefined); // `close` follows and says all that matters here.
    socket.on('close', () => {
      this.#sockets.delete(socket);
      connection.closed();
    });
  }
}
