import { type Socket } from 'node:net';

/** What is left of a socket here once it was sent away. */
export interface DetachedHandle {
  /** Closes our copy; nothing happens when Node has done that. */
  close(): void;
}

interface SocketInternals {
  readonly _handle?: (DetachedHandle & { readStop?: () => number }) | null;
}

/**
 * Prepares a socket for `child.send(…, socket)`, which must follow in this turn: stops reading from the kernel. Node has
 * no other way: `pause()` goes on until a buffer is full, and `send` reads and drops bytes until the child has confirmed
 * (`lib/internal/child_process.js`, Node 20 to 26). It does not close the socket of a child that dies before, either: for
 * that there is the result; undefined when the socket is closed already.
 */
export function detachHandle(socket: Socket): DetachedHandle | undefined {
  const handle = (socket as unknown as SocketInternals)._handle;
  if (handle === undefined || handle === null) return undefined;
  if (handle.readStop === undefined)
    throw new Error('a socket of this Node cannot be stopped. This is a bug.');
  handle.readStop();
  return handle;
}
