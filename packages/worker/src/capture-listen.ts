import { Server as HttpServer } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import { type AddressInfo, Server as NetServer } from 'node:net';

/** What becomes of the app's own `listen()` and `close()`. */
export interface CaptureOptions {
  /** What `server.address()` answers. */
  readonly publicAddress: { readonly address: string; readonly port: number };
  /** The app called `listen()`; called at most once, before the `listening` event. */
  onListen(server: HttpServer): void;
  /** The app called `close()`; settles when the last request has been answered. */
  onClose(): Promise<void>;
}

/**
 * From now on the first http or https server that listens does not: it is handed over, and believes that it listens on
 * the public address. Later ones, and servers of other kinds, really listen. Returns a function that undoes it.
 */
export function captureListen(options: CaptureOptions): () => void {
  const prototype = NetServer.prototype as unknown as { listen: Listen };
  const listen = prototype.listen;
  let isCaptured = false;
  prototype.listen = function (this: NetServer, ...args: unknown[]): NetServer {
    if (isCaptured || !isHttpServer(this)) return listen.apply(this, args);
    isCaptured = true;
    pretendToListen(this, args, options);
    options.onListen(this);
    return this;
  };
  return () => {
    prototype.listen = listen;
  };
}

type Listen = (this: NetServer, ...args: unknown[]) => NetServer;

function isHttpServer(server: NetServer): server is HttpServer {
  return server instanceof HttpServer || server instanceof HttpsServer;
}

function pretendToListen(server: HttpServer, args: readonly unknown[], options: CaptureOptions): void {
  const { address, port } = options.publicAddress;
  const info: AddressInfo = { address, port, family: address.includes(':') ? 'IPv6' : 'IPv4' };
  Object.defineProperties(server, {
    listening: { configurable: true, value: true },
    address: { configurable: true, value: () => info },
    listen: { configurable: true, value: refuseSecondListen },
    close: { configurable: true, value: (callback?: unknown) => pretendToClose(server, callback, options) },
  });
  const callback = args.at(-1);
  if (typeof callback === 'function') server.once('listening', callback as () => void);
  process.nextTick(() => server.emit('listening'));
  findSignal(args[0])?.addEventListener('abort', () => server.close(), { once: true });
}

function pretendToClose(server: HttpServer, callback: unknown, options: CaptureOptions): HttpServer {
  // From here on the server is what it is without us: not listening, and refusing to close twice.
  for (const name of ['listening', 'address', 'listen', 'close']) Reflect.deleteProperty(server, name);
  if (typeof callback === 'function') server.once('close', callback as () => void);
  void options.onClose().then(() => server.emit('close'));
  return server;
}

/** Code and message are Node's. */
function refuseSecondListen(): never {
  throw Object.assign(new Error('Listen method has been called more than once without closing.'), {
    code: 'ERR_SERVER_ALREADY_LISTEN',
  });
}

function findSignal(options: unknown): AbortSignal | undefined {
  if (typeof options !== 'object' || options === null) return undefined;
  const { signal } = options as { readonly signal?: unknown };
  return signal instanceof AbortSignal ? signal : undefined;
}
