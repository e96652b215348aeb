import { connect, type Socket } from 'node:net';

import { waitFor } from './wait-for.ts';

/** What the scripted worker says about a connection it was given. */
export interface Greeting {
  readonly pid: number;
  readonly head: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** A request for an upgrade as httpd sends it, stamps included. */
export function upgradeHead(target: string): string {
  return [
    'GET / HTTP/1.1',
    'Host: x',
    `X-Express-Request: GET ${target} HTTP/1.1`,
    'X-Express-Connection: 192.0.2.7 4711 10.0.0.1 80 ',
    'Connection: Upgrade',
    'Upgrade: websocket',
    '',
    '',
  ].join('\r\n');
}

/** A scripted httpd on the bridge's second socket: one connection. */
export class UpgradePeer {
  received = '';
  closed = false;
  readonly #socket: Socket;

  constructor(socketPath: string) {
    this.#socket = connect(socketPath);
    this.#socket.on('data', (chunk) => (this.received += chunk.toString('latin1')));
    this.#socket.on('close', () => (this.closed = true));
    this.#socket.on('error', () => (this.closed = true));
  }

  send(text: string): this {
    this.#socket.write(text, 'latin1');
    return this;
  }

  /** What the worker was given. */
  async greeting(): Promise<Greeting> {
    await this.until('\n');
    return JSON.parse(this.received.slice(0, this.received.indexOf('\n'))) as Greeting;
  }

  /** Waits until that text was received. */
  async until(text: string): Promise<string> {
    await waitFor(() => this.received.includes(text) || this.closed, { within: 5000, what: text });
    return this.received;
  }

  close(): void {
    this.#socket.destroy();
  }
}
