import { lstatSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';

import { CannotListenError } from './errors.ts';
import { openLinkSocket } from './link-socket.ts';

/** Connections not yet accepted that the kernel keeps. httpd and the bridge connect without a timeout, so: plenty. */
const BACKLOG = 1024;

/** One connection from the bridge. */
export interface RetiringLink {
  /** Ends it after its last open request. */
  retire(): void;
}

/** Where the bridge connects: accepts links until it is closed. */
export class Listener {
  readonly #server: Server;
  readonly #links = new Set<RetiringLink>();
  #state: 'new' | 'listening' | 'closed' = 'new';
  #closed: Promise<void> | undefined;

  /** @param accept takes over a connection, whose `data` is there until the listeners return */
  constructor(accept: (socket: Socket) => RetiringLink) {
    this.#server = createServer({ pauseOnConnect: true }, (accepted) => {
      const socket = openLinkSocket(accepted);
      const link = accept(socket);
      this.#links.add(link);
      socket.once('close', () => this.#links.delete(link));
    });
  }

  /**
   * Listens on a socket that only this account can use; what a dead worker left there is removed. May be called again after
   * `close`. Throws CannotListenError.
   */
  async listen(path: string): Promise<void> {
    try {
      await this.#closed;
      this.#closed = undefined;
      this.#state = 'listening';
      removeStaleSocket(path);
      await this.#bind(path);
    } catch (error) {
      throw new CannotListenError(path, error);
    }
  }

  /** Whether it has listened and was closed. */
  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** Accepts no more, and ends every link after its last request. Settles when all have ended. */
  close(): Promise<void> {
    if (this.#state === 'new') return Promise.resolve();
    this.#state = 'closed';
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      for (const link of this.#links) link.retire();
    });
    return this.#closed;
  }

  #bind(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      // Node binds before listen() returns.
      const umask = process.umask(0o177);
      this.#server.listen({ path, backlog: BACKLOG }, resolve);
      process.umask(umask);
    });
  }
}

function removeStaleSocket(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error('a file that is not a socket is in the way');
  rmSync(path);
}
