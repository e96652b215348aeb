import type { Server as HttpServer } from 'node:http';
import { Server as NetServer } from 'node:net';

import { isHttp2Server, isHttpServer } from './app-shapes.ts';
import { decideListen, type ListenTarget, parseListenTarget } from './listen-target.ts';
import { listenWhenFree } from './listen-when-free.ts';
import { pretendToListen } from './pretended-server.ts';

/** What becomes of the app's own `listen()` and `close()`. */
export interface CaptureOptions {
  /** What `server.address()` answers. */
  readonly publicAddress: { readonly address: string; readonly port: number };
  /** The app's server that is to be served from now on; called before its `listening` event. */
  onListen(server: HttpServer): void;
  /** The app called `close()` on that server; settles when the last request has been answered. */
  onClose(): Promise<void>;
  /** The app's only server so far is one of http2. */
  onHttp2(): void;
  /** Takes one line for the log. */
  readonly log: (line: string) => void;
}

/** What can be done with a capture. */
export interface Capture {
  /** The next server that listens is served, too: it belongs to another app. */
  readonly expectNext: () => void;
  /** Listening is Node's again. */
  readonly stop: () => void;
}

/**
 * From now on the app's servers listen as `decideListen` says: the one for the clients does not, but is handed over, and
 * believes that it listens on the public address. Servers of other kinds, and on other ports, really listen.
 */
export function captureListen(options: CaptureOptions): Capture {
  const prototype = NetServer.prototype as unknown as { listen: Listen };
  const listen = prototype.listen;
  const listens = new AppListens(options, listen);
  prototype.listen = function (this: NetServer, ...args: unknown[]): NetServer {
    const target = parseListenTarget(args);
    if (target === undefined || !listens.handle(this, args, target)) return listen.apply(this, args);
    return this;
  };
  return {
    expectNext: () => {
      listens.expectNext();
    },
    stop: () => {
      prototype.listen = listen;
    },
  };
}

type Listen = (this: NetServer, ...args: unknown[]) => NetServer;

interface ServedServer {
  readonly server: HttpServer;
  readonly args: readonly unknown[];
  readonly target: ListenTarget;
  endPretence(): void;
}

/** The app's calls of `listen()`, and which server of them is served. */
class AppListens {
  readonly #options: CaptureOptions;
  readonly #listen: Listen;
  #served: ServedServer | undefined;

  constructor(options: CaptureOptions, listen: Listen) {
    this.#options = options;
    this.#listen = listen;
  }

  expectNext(): void {
    this.#served = undefined;
  }

  /** Returns whether the call has been taken care of. */
  handle(server: NetServer, args: readonly unknown[], target: ListenTarget): boolean {
    if (isHttp2Server(server) && this.#served === undefined) {
      this.#options.onHttp2();
      return true;
    }
    if (!isHttpServer(server)) return false;
    this.#follow(server, args, target);
    return true;
  }

  #follow(server: HttpServer, args: readonly unknown[], target: ListenTarget): void {
    const served = this.#served;
    const isSameApp = served !== undefined && haveSameListeners(server, served.server);
    const decision = decideListen(
      target,
      served && { target: served.target, isSameApp },
      this.#options.publicAddress.port,
    );
    switch (decision) {
      case 'serve':
        this.#serve(server, args, target);
        break;
      case 'take-over':
        served?.endPretence();
        this.#serve(server, args, target);
        if (served !== undefined) this.#reallyListen(served.server, served.args);
        break;
      case 'pretend':
        pretendToListen(server, args, target, { ...this.#options, onClose: () => Promise.resolve() });
        break;
      case 'in-use':
        process.nextTick(() => server.emit('error', new AddressInUseError(target)));
        break;
      case 'listen':
        this.#reallyListen(server, args);
        break;
    }
  }

  #serve(server: HttpServer, args: readonly unknown[], target: ListenTarget): void {
    const endPretence = pretendToListen(server, args, target, {
      publicAddress: this.#options.publicAddress,
      onClose: () => this.#close(server),
    });
    this.#served = { server, args, target, endPretence };
    this.#options.onListen(server);
  }

  #close(server: HttpServer): Promise<void> {
    if (this.#served?.server !== server) return Promise.resolve();
    this.#served = undefined;
    return this.#options.onClose();
  }

  #reallyListen(server: HttpServer, args: readonly unknown[]): void {
    listenWhenFree(server, args, {
      listen: (given) => this.#listen.apply(server, [...given]),
      log: this.#options.log,
    });
  }
}

function haveSameListeners(one: HttpServer, other: HttpServer): boolean {
  const listeners = other.listeners('request');
  return listeners.length > 0 && one.listeners('request').some((listener) => listeners.includes(listener));
}

/** What plain Node's server emits. */
class AddressInUseError extends Error {
  readonly code = 'EADDRINUSE';
  readonly errno = -98;
  readonly syscall = 'listen';
  readonly address: string;
  readonly port: number;

  constructor(target: ListenTarget) {
    const address =
      target.kind === 'port' ? (target.host ?? '::') : target.kind === 'path' ? target.path : '';
    const port = target.kind === 'port' ? target.port : -1;
    super(`listen EADDRINUSE: address already in use ${address}${port < 0 ? '' : `:${port}`}`);
    this.address = address;
    this.port = port;
  }
}
