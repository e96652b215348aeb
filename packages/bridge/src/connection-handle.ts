import { type Socket } from 'node:net';

/** What Node's sockets are made of: an open connection. */
export interface ConnectionHandle {
  /** Closes our copy; nothing happens when Node has done that. */
  close(): void;
  readStop?: () => number;
}

/** That of a socket; undefined when it is closed. Node has no public way to it (`lib/net.js`, Node 20 to 26). */
export function findHandle(socket: Socket): ConnectionHandle | undefined {
  return (socket as unknown as { readonly _handle?: ConnectionHandle | null })._handle ?? undefined;
}
