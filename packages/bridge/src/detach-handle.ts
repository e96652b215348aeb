import { type Socket } from 'node:net';

import { type ConnectionHandle, findHandle } from './connection-handle.ts';

/**
 * Prepares a socket for `child.send(…, socket)` in this turn: stops reading from the kernel. Node has no other way: `pause()`
 * goes on until a buffer is full, and `send` reads and drops bytes until the child has confirmed
 * (`lib/internal/child_process.js`, Node 20 to 26). It does not close the socket of a child that dies before, either: for
 * that there is the result; undefined when the socket is closed already.
 */
export function detachHandle(socket: Socket): ConnectionHandle | undefined {
  const handle = findHandle(socket);
  if (handle === undefined) return undefined;
  if (handle.readStop === undefined)
    throw new Error('a socket of this Node cannot be stopped. This is a bug.');
  handle.readStop();
  return handle;
}
