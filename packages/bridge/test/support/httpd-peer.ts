import { connect, type Socket } from 'node:net';

import {
  encodeBeginRequest,
  encodeNameValues,
  encodeRecord,
  RecordParser,
  RecordType,
  Role,
} from '@httpd-express/fastcgi';

import { waitFor } from './wait-for.ts';

/** A record the peer received, copied. */
export interface Received {
  readonly type: number;
  readonly text: string;
}

/** A scripted httpd: one kept-alive FastCGI connection, request id always 1, and no patience for strays. */
export class HttpdPeer {
  readonly received: Received[] = [];
  closed = false;
  readonly #socket: Socket;

  constructor(socketPath: string) {
    this.#socket = connect(socketPath);
    const parser = new RecordParser(({ type, content }) =>
      this.received.push({ type, text: content.toString('latin1') }),
    );
    this.#socket.on('data', (chunk) => {
      parser.push(chunk);
    });
    this.#socket.on('close', () => (this.closed = true));
    this.#socket.on('error', () => (this.closed = true));
  }

  /** BEGIN_REQUEST and PARAMS. */
  begin(uri: string, params: Record<string, string> = {}): this {
    const variables = Object.entries({ REQUEST_METHOD: 'GET', REQUEST_URI: uri, ...params });
    return this.send(
      encodeBeginRequest({ requestId: 1, role: Role.Responder, keepConnection: true }),
      encodeRecord(RecordType.Params, 1, encodeNameValues(variables)),
      encodeRecord(RecordType.Params, 1),
    );
  }

  /** A STDIN record; without text the one that ends the stream. */
  stdin(text = ''): this {
    return this.send(encodeRecord(RecordType.Stdin, 1, Buffer.from(text, 'latin1')));
  }

  send(...records: Buffer[]): this {
    this.#socket.write(Buffer.concat(records));
    return this;
  }

  /** A whole request without a body, and its whole response. */
  async get(uri: string, params: Record<string, string> = {}): Promise<string> {
    return this.begin(uri, params).stdin().response();
  }

  /** The STDOUT of the request in progress, complete; what came for it is taken out of `received`. */
  async response(): Promise<string> {
    await waitFor(() => this.#endIndex() >= 0 || this.closed, { within: 5000, what: 'END_REQUEST' });
    const end = this.#endIndex();
    if (end < 0) throw new Error(`closed before END_REQUEST, after: ${this.stdout}`);
    return this.received
      .splice(0, end + 1)
      .filter(({ type }) => type === RecordType.Stdout)
      .map(({ text }) => text)
      .join('');
  }

  /** Bytes that the bridge has not read. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** STDOUT so far. */
  get stdout(): string {
    return this.received.flatMap(({ type, text }) => (type === RecordType.Stdout ? [text] : [])).join('');
  }

  /** Reads no more, as httpd does for a client that does not. */
  pause(): this {
    this.#socket.pause();
    return this;
  }

  resume(): this {
    this.#socket.resume();
    return this;
  }

  close(): void {
    this.#socket.destroy();
  }

  #endIndex(): number {
    return this.received.findIndex(({ type }) => type === RecordType.EndRequest);
  }
}
