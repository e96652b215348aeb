import type { Server } from 'node:http';

/** The server that the app itself has told to listen, if it has. */
export class ListenedServer {
  #current: Server | undefined;
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  /** Undefined before `listen()` and after `close()`. */
  get current(): Server | undefined {
    return this.#current;
  }

  /** The app told this one to listen. */
  set(server: Server): void {
    this.#current = server;
    this.#wake();
  }

  /** The app closed it: another may follow. */
  clear(): void {
    this.#current = undefined;
  }

  /** What the app told to listen cannot be served. */
  fail(error: Error): void {
    this.#failure = error;
    this.#wake();
  }

  /** Settles with a server that still listens when the module that called `listen()` in its middle has run on. Throws what `fail` was given. */
  async wait(): Promise<Server> {
    while (this.#current === undefined && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
    await nextTurn();
    // It may have been closed meanwhile.
    return this.current ?? this.wait();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
