import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { AddressError, PortInUseError, PortPrivilegedError } from './errors.ts';
import { findPortOwner } from './port-owner.ts';

/** An address that httpd listens on; absent host means every address. */
export interface ListenAddress {
  readonly host?: string;
  readonly port: number;
}

/** Every address of a server: HTTP first. */
export function listenAddresses({
  listen,
  httpsPort,
}: {
  readonly listen: ListenAddress;
  readonly httpsPort?: number;
}): ListenAddress[] {
  return httpsPort === undefined ? [listen] : [listen, { ...listen, port: httpsPort }];
}

/** How long one attempt waits for the first byte, and the pause between two attempts. */
const ATTEMPT_MS = 2000;
const PAUSE_MS = 10;

const PROBE = 'OPTIONS * HTTP/1.0\r\nUser-Agent: httpd-express (start-up probe)\r\n\r\n';

/** Addresses that mean all of them, and where to reach them from here. */
const loopbackOf: Readonly<Record<string, string>> = {
  '0.0.0.0': '127.0.0.1',
  '::': '::1',
  '*': '127.0.0.1',
};

/**
 * Makes sure that httpd will be able to listen, by listening for a moment.
 *
 * @throws {PortInUseError | PortPrivilegedError | AddressError}
 */
export async function requirePortFree(address: ListenAddress): Promise<void> {
  const error = await tryToListen(address);
  if (error === undefined) return;
  if (error.code === 'EADDRINUSE')
    throw new PortInUseError(formatAddress(address), await findPortOwner(address.port));
  if (error.code === 'EACCES') throw new PortPrivilegedError(formatAddress(address), error);
  throw new AddressError(formatAddress(address), error);
}

/** Whether nobody listens there; an address that is not to be had for another reason counts as free. */
export async function isPortFree(address: ListenAddress): Promise<boolean> {
  return (await tryToListen(address))?.code !== 'EADDRINUSE';
}

/**
 * Whether an HTTP server answers: one byte is enough, and so is a server that hangs up. Accepting is not, because httpd
 * listens before it has finished starting. `OPTIONS *` is answered by httpd's core and never reaches the app. A port for
 * HTTPS answers too: that this is not TLS.
 */
export function answers(address: ListenAddress, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: reachable(address.host), port: address.port, timeout: ATTEMPT_MS });
    const end = (result: boolean) => () => {
      resolve(result);
      socket.destroy();
    };
    const abort = end(false);
    signal?.addEventListener('abort', abort, { once: true });
    socket.on('close', () => signal?.removeEventListener('abort', abort));
    socket.on('connect', () => socket.write(PROBE));
    socket.on('data', end(true)).on('end', end(true));
    socket.on('timeout', end(false)).on('error', end(false));
  });
}

/** Resolves once the address answers; rejects when `signal` aborts. */
export async function waitForAnswer(address: ListenAddress, signal: AbortSignal): Promise<void> {
  while (!(await answers(address, signal))) await delay(PAUSE_MS, undefined, { signal });
}

/** `127.0.0.1:8000`, `[::1]:8000`, `port 8000`. */
export function formatAddress({ host, port }: ListenAddress): string {
  if (host === undefined) return `port ${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function reachable(host = '*'): string {
  return loopbackOf[host] ?? host;
}

function tryToListen({ host, port }: ListenAddress): Promise<NodeJS.ErrnoException | undefined> {
  const options = { port, ...(host !== undefined && host !== '*' && { host }) };
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ ...options, exclusive: true }, () =>
      server.close(() => {
        resolve(undefined);
      }),
    );
  });
}
