import { type Socket } from 'node:net';

interface SocketInternals {
  readonly _handle?: { readStop?: () => number } | null;
}

/**
 * Stops reading from the kernel. Node has no other way: `pause()` goes on until a buffer is full, and
 * `child.send(…, socket)` reads and drops bytes until the child has confirmed (`lib/internal/child_process.js`, Node 20
 * to 26).
 */
export function stopReading(socket: Socket): void {
  const handle = (socket as unknown as SocketInternals)._handle;
  if (handle === undefined || handle === null) return; // closed meanwhile
  if (handle.readStop === undefined)
    throw new Error('a socket of this Node cannot be stopped. This is a bug.');
  handle.readStop();
}
