import { EventEmitter } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { SentCallback } from '@httpd-express/fastcgi';

import { type CgiVariables, parseEncrypted, parseLocalEndpoint, parseRemoteEndpoint } from './cgi-request.ts';
import type { RequestContext } from './request-context.ts';
import { HIGH_WATER_MARK, type ResponseOutput } from './response-output.ts';

/** What a socket asks of the request it belongs to; its other half is served-request.ts. */
export interface SocketOwner {
  readonly variables: CgiVariables;
  readonly context: RequestContext;
  readonly server: Server;
  readonly output: ResponseOutput;
  /** Takes one line for the log. */
  log(line: string): void;
  /** `prefinish` of `res`: the app has ended the response. */
  endResponse(): void;
  /** `finish` of `res`: the response has left. */
  responseFinished(): void;
  /** Stop and go on reading the request. */
  pauseReading(): void;
  resumeReading(): void;
  /** The app destroyed the socket. */
  giveUp(error: Error | null): void;
  /** Nothing has moved for as long as `setTimeout` said. */
  timedOut(): void;
}

/**
 * What `req.socket` and `res.socket` are: one request's share of a connection to the bridge, with the names that Node's
 * http and apps look for on a `net.Socket`. It is no Duplex, because making one per request costs more than everything
 * else a request takes here.
 */
export class RequestSocket extends EventEmitter {
  readable = true;
  writable = true;
  destroyed = false;
  closed = false;
  errored: Error | null = null;
  bytesRead = 0;
  bytesWritten = 0;
  // Node's http reads and writes the next three on its sockets.
  _httpMessage: ServerResponse | null = null;
  _paused = false;
  _hadError = false;
  readonly #owner: SocketOwner;
  #isPaused = false;
  #timer: NodeJS.Timeout | undefined;
  #variables: CgiVariables | undefined;

  constructor(owner: SocketOwner) {
    super();
    this.#owner = owner;
  }

  /** The owner of a socket that is one of these. */
  static findOwner(socket: object | null): SocketOwner | undefined {
    return socket !== null && #owner in socket ? socket.#owner : undefined;
  }

  /** Bytes of the request have come. */
  received(bytes: number): void {
    this.bytesRead += bytes;
    this.refreshTimeout();
  }

  /** Something has moved. */
  refreshTimeout(): void {
    this.#timer?.refresh();
  }

  /** Nothing comes or goes any more. */
  retire(): void {
    this.resume();
    this.setTimeout(0);
    this.destroyed = true;
    this.readable = false;
    this.writable = false;
  }

  /** Announces the end; Node's own listener passes it on to `res`. */
  emitClose(): void {
    this.closed = true;
    this.emit('close', this._hadError);
  }

  write(
    data: string | Uint8Array,
    encoding?: BufferEncoding | SentCallback | null,
    callback?: SentCallback | null,
  ): boolean {
    if (typeof encoding === 'function') return this.write(data, null, encoding);
    if (this.destroyed) return false;
    this.refreshTimeout();
    this.bytesWritten += data.length;
    return this.#owner.output.write(data, encoding, callback);
  }

  cork(): void {
    this.#owner.output.cork();
  }

  uncork(): void {
    this.#owner.output.uncork();
  }

  destroy(error?: Error | null): this {
    if (!this.destroyed) this.#owner.giveUp(error ?? null);
    return this;
  }

  destroySoon(): void {
    this.destroy();
  }

  /** A response ends with `res.end()`: a socket that the app ends by itself is given up. */
  end(): this {
    return this.destroy();
  }

  pause(): this {
    if (this.#isPaused || this.destroyed) return this;
    this.#isPaused = true;
    this.#owner.pauseReading();
    return this;
  }

  resume(): this {
    if (!this.#isPaused) return this;
    this.#isPaused = false;
    this.#owner.resumeReading();
    return this;
  }

  isPaused(): boolean {
    return this.#isPaused;
  }

  /**
   * Silence after which `timeout` is emitted here, on `req`, `res` and the app's server; without a listener the socket is
   * destroyed. 0 for never. While the client has bytes to take, httpd's socket-timeout is what counts: how many of them it
   * has taken is not known here.
   */
  setTimeout(timeoutMs: number, callback?: () => void): this {
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    if (timeoutMs > 0 && !this.destroyed) {
      this.#timer = setTimeout(() => {
        if (this.#owner.output.isSending) this.refreshTimeout();
        else this.#owner.timedOut();
      }, timeoutMs).unref();
    }
    if (callback !== undefined) this.once('timeout', callback);
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  address(): AddressInfo | Record<string, never> {
    const { address, family, port } = parseLocalEndpoint(this.#owner.variables);
    return address === undefined || family === undefined || port === undefined
      ? {}
      : { address, family, port };
  }

  get server(): Server {
    return this.#owner.server;
  }

  get remoteAddress(): string | undefined {
    return parseRemoteEndpoint(this.#owner.variables).address;
  }

  get remoteFamily(): string | undefined {
    return parseRemoteEndpoint(this.#owner.variables).family;
  }

  get remotePort(): number | undefined {
    return parseRemoteEndpoint(this.#owner.variables).port;
  }

  get localAddress(): string | undefined {
    return parseLocalEndpoint(this.#owner.variables).address;
  }

  get localFamily(): string | undefined {
    return parseLocalEndpoint(this.#owner.variables).family;
  }

  get localPort(): number | undefined {
    return parseLocalEndpoint(this.#owner.variables).port;
  }

  /** `true` or absent, as on plain Node's sockets. */
  get encrypted(): true | undefined {
    return parseEncrypted(this.#owner.variables) || undefined;
  }

  /** The name a TLS client asked for, as on Node's TLS sockets. */
  get servername(): string | false | undefined {
    const { variables } = this.#owner;
    return parseEncrypted(variables) ? (variables.get('SSL_TLS_SNI') ?? false) : undefined;
  }

  /** The CGI variables of the request, such as SSL_CLIENT_S_DN; one character per byte. RFC 3875 §4.1. */
  get variables(): CgiVariables {
    this.#variables ??= new Map(this.#owner.variables);
    return this.#variables;
  }

  get readyState(): string {
    return this.destroyed ? 'closed' : 'open';
  }

  get readableHighWaterMark(): number {
    return HIGH_WATER_MARK;
  }

  get writableHighWaterMark(): number {
    return HIGH_WATER_MARK;
  }

  get writableLength(): number {
    return this.#owner.output.byteLength;
  }

  get writableCorked(): number {
    return this.#owner.output.corked;
  }

  /** Node's `res.end()` assigns `corked` in it. */
  get _writableState(): ResponseOutput {
    return this.#owner.output;
  }
}
