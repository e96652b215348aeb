import type { Server } from 'node:net';

/** How often a port that somebody has is tried again. A look costs one system call. */
const RETRY_MS = 250;

/**
 * Listens, and where the address is in use, which otherwise is an error, as soon as it is free. Every worker of an app
 * asks for the same ports, and a new one is ready before the old one ends: one of them has the port, the next takes over.
 * `listen` is called with the arguments the app gave, then without its callback.
 */
export function listenWhenFree(
  server: Server,
  args: readonly unknown[],
  { listen, log }: { listen: (args: readonly unknown[]) => void; log: (line: string) => void },
): void {
  const again = typeof args.at(-1) === 'function' ? args.slice(0, -1) : args;
  let isWaiting = false;
  const emit = server.emit.bind(server);
  const replacement = (event: string, ...values: unknown[]): boolean => {
    const error = values[0];
    if (event !== 'error' || !isAddressInUse(error)) {
      if (event === 'listening' || event === 'close' || event === 'error') restore();
      return emit(event, ...values);
    }
    if (!isWaiting) log(`${error.message}: a server of the app listens there as soon as it is free`);
    isWaiting = true;
    timer = setTimeout(() => {
      listen(again);
    }, RETRY_MS).unref();
    return true;
  };
  let timer: NodeJS.Timeout | undefined;
  const restore = (): void => {
    clearTimeout(timer);
    Reflect.deleteProperty(server, 'emit');
  };
  Object.defineProperty(server, 'emit', { configurable: true, writable: true, value: replacement });
  listen(args);
}

function isAddressInUse(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE';
}
