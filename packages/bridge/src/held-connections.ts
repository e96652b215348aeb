import { type HoldCommand, type ReleaseCommand } from '@httpd-express/worker/messages';

import { type ConnectionHandle } from './connection-handle.ts';
import { type ConnectionHolder, type HttpdSide } from './request-sides.ts';

/** Tells the worker, with a connection if there is one. */
type Say = (command: HoldCommand | ReleaseCommand, handle?: ConnectionHandle) => void;

/**
 * httpd's connections that a worker has open as well, so that they can be lent to its requests. It gets each once, over IPC,
 * and has it until it is over. Its other half is `worker/src/lender.ts`.
 */
export class HeldConnections implements ConnectionHolder {
  readonly #say: Say;
  readonly #held = new Set<HttpdSide>();

  constructor(say: Say) {
    this.#say = say;
  }

  /** The worker is to have it. */
  hold(connection: HttpdSide): void {
    if (this.#held.has(connection)) return;
    const handle = connection.share(this);
    if (handle === undefined) return; // it is over: so is the request
    this.#held.add(connection);
    this.#say({ type: 'hold', connection: connection.number }, handle);
  }

  connectionClosed(connection: HttpdSide): void {
    this.#held.delete(connection);
    this.#say({ type: 'release', connection: connection.number });
  }

  /** The worker has ended, and with it its copies. */
  end(): void {
    for (const connection of this.#held) connection.unshare(this);
    this.#held.clear();
  }
}
