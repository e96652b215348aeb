import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { ListenTarget } from './listen-target.ts';

/** What a server that does not listen is made to believe. */
export interface Pretence {
  /** The address that clients use. */
  readonly publicAddress: { readonly address: string; readonly port: number };
  /** The app called `close()`; settles when the last request has been answered. */
  onClose(): Promise<void>;
}

/** Makes a server believe that it listens. Returns a function that ends the pretence without a word to the app. */
export function pretendToListen(
  server: HttpServer,
  args: readonly unknown[],
  target: ListenTarget,
  pretence: Pretence,
): () => void {
  const address = toAddress(target, pretence);
  let isAnnounced = true;
  const end = (): void => {
    isAnnounced = false;
    for (const name of pretendedNames) Reflect.deleteProperty(server, name);
  };
  const close = (callback?: unknown): HttpServer => {
    // From here on the server is what it is without us: not listening, and refusing to close twice.
    end();
    if (typeof callback === 'function') server.once('close', callback as () => void);
    void pretence.onClose().then(() => server.emit('close'));
    return server;
  };
  const pretended = { listening: true, address: () => address, listen: refuseSecondListen, close };
  for (const name of pretendedNames)
    Object.defineProperty(server, name, { configurable: true, value: pretended[name] });
  const callback = args.at(-1);
  if (typeof callback === 'function') server.once('listening', callback as () => void);
  process.nextTick(() => isAnnounced && server.emit('listening'));
  findSignal(args[0])?.addEventListener('abort', () => server.close(), { once: true });
  return end;
}

const pretendedNames = ['listening', 'address', 'listen', 'close'] as const;

/** As plain Node: the path that was asked for, although nothing is there; the public address in place of any port. */
function toAddress(target: ListenTarget, { publicAddress }: Pretence): AddressInfo | string {
  if (target.kind === 'path') return target.path;
  const { address, port } = publicAddress;
  return { address, port, family: address.includes(':') ? 'IPv6' : 'IPv4' };
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
