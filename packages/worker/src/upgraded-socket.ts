import type { Server } from 'node:http';
import type { Socket } from 'node:net';

import { type CgiVariables, parseEncrypted, parseLocalEndpoint, parseRemoteEndpoint } from './cgi-request.ts';
import { isHttpsServer } from './https-server.ts';
import { type CloseCode, FrameWatch } from './websocket-frames.ts';

/** Time a client has to answer a close frame. */
const CLOSE_TIMEOUT_MS = 5000;
const EMPTY = Buffer.alloc(0);
const lateAnswer = 'HTTP/1.1 504 Gateway Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

type Callback = (error?: Error | null) => void;

/** The methods by which a stream passes on what was written to it. */
interface WriteMethods {
  _write(chunk: Buffer | string, encoding: BufferEncoding | 'buffer', callback: Callback): void;
  _writev(
    chunks: readonly { chunk: Buffer | string; encoding: BufferEncoding | 'buffer' }[],
    callback: Callback,
  ): void;
}

/** What a connection that was handed over needs to know. */
export interface UpgradedSocketOptions {
  readonly server: Server;
  readonly variables: CgiVariables;
  /** The client's request, one character per byte. */
  readonly head: string;
  /** Time the app has to begin its answer; 0 is no limit. */
  readonly handshakeTimeoutMs: number;
}

/**
 * A connection that asked for an upgrade, given to the app's own server as if it had accepted it. The app's library speaks
 * WebSocket on it; we only follow its frames.
 */
export class UpgradedSocket {
  readonly #socket: Socket;
  readonly #watch = new FrameWatch();
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, { server, variables, head, handshakeTimeoutMs }: UpgradedSocketOptions) {
    this.#socket = socket;
    describeEndpoints(socket, variables);
    this.#followWrites();
    socket.once('close', () => {
      clearTimeout(this.#timer);
    });
    if (handshakeTimeoutMs > 0)
      this.#arm(handshakeTimeoutMs, () => {
        this.#giveUpHandshake();
      });
    socket.unshift(Buffer.from(head, 'latin1'));
    // A TLS server takes its connections from here when the handshake is over: httpd has done that.
    server.emit(isHttpsServer(server) ? 'secureConnection' : 'connection', socket);
  }

  /** Says goodbye with a close frame, once; a connection that is no WebSocket ends with its response. */
  close(code: CloseCode): void {
    this.#watch.close(code);
    // Our frame goes out when it is this chunk's turn, after what the app has written before.
    if (this.#watch.isWebSocket && this.#socket.writable) this.#socket.write(EMPTY);
  }

  #followWrites(): void {
    const socket = this.#socket as unknown as WriteMethods;
    const write = socket._write.bind(socket);
    const writev = socket._writev.bind(socket);
    socket._write = (chunk, encoding, callback) => {
      const out = this.#pass(chunk, encoding);
      if (out.length === 0) callback();
      else write(out, 'buffer', callback);
    };
    socket._writev = (chunks, callback) => {
      const out = Buffer.concat(chunks.map(({ chunk, encoding }) => this.#pass(chunk, encoding)));
      if (out.length === 0) callback();
      else writev([{ chunk: out, encoding: 'buffer' }], callback);
    };
  }

  #pass(chunk: Buffer | string, encoding: BufferEncoding | 'buffer'): Buffer {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, toEncoding(encoding)) : chunk;
    const wasClosed = this.#watch.isClosed;
    const out = this.#watch.take(bytes);
    if (!this.#watch.isClosed) clearTimeout(this.#timer);
    else if (!wasClosed) this.#awaitAnswer();
    return out;
  }

  /** The app's library ends the connection when the client has answered; a client that does not is dropped. */
  #awaitAnswer(): void {
    this.#arm(CLOSE_TIMEOUT_MS, () => this.#socket.destroy());
  }

  #giveUpHandshake(): void {
    this.#socket.end(lateAnswer, () => this.#socket.destroy());
  }

  #arm(delayMs: number, onTimeout: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(onTimeout, delayMs).unref();
  }
}

function toEncoding(encoding: BufferEncoding | 'buffer'): BufferEncoding {
  return encoding === 'buffer' ? 'utf8' : encoding;
}

/** The ends are those of the client's connection to httpd, as they are for ordinary requests. */
function describeEndpoints(socket: Socket, variables: CgiVariables): void {
  const remote = parseRemoteEndpoint(variables);
  const local = parseLocalEndpoint(variables);
  const values = {
    remoteAddress: remote.address,
    remoteFamily: remote.family,
    remotePort: remote.port,
    localAddress: local.address,
    localFamily: local.family,
    localPort: local.port,
    address: () => (local.address === undefined ? {} : local),
    ...(parseEncrypted(variables) && { encrypted: true }),
    variables,
  };
  for (const [name, value] of Object.entries(values))
    Object.defineProperty(socket, name, { configurable: true, writable: true, enumerable: false, value });
}
