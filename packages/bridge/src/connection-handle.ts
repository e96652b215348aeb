import { type Socket } from 'node:net';

/** What Node's sockets are made of: an open connection. */
export interface ConnectionHandle {
  /** Closes our copy; nothing happens when Node has done that. */
  close(): void;
  /** Whether Node has it read: otherwise it starts that itself, when its buffer has room. */
  reading?: boolean;
  readStop?: () => number;
  readStart?: () => number;
}

/** What comes waits in the kernel, whatever becomes of the socket in between: Node believes that it reads. */
export function stopReading(handle: ConnectionHandle): void {
  handle.readStop?.();
  handle.reading = true;
}

/** After `stopReading`. libuv fails a second start (EALREADY), and Node destroys a socket for that. */
export function startReading(handle: ConnectionHandle): void {
  handle.readStart?.();
}

/** That of a socket; undefined when it is closed. Node has no public way to it (`lib/net.js`, Node 20 to 26). */
export function findHandle(socket: Socket): ConnectionHandle | undefined {
  return (socket as unknown as { readonly _handle?: ConnectionHandle | null })._handle ?? undefined;
}
