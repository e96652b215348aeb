import { Socket, type SocketConstructorOpts } from 'node:net';

import { type ConnectionHandle, findHandle } from './connection-handle.ts';

/** What comes next on a connection: a part of a body, a request, or one whose body is another's to read. */
export type Expected = 'body' | 'request' | 'params';

const READ_BYTES: Readonly<Record<Expected, number>> = {
  body: 64 * 1024,
  // PARAMS, and the 16 KiB of a body that mod_proxy_fcgi sends at once.
  request: 20 * 1024,
  // Of the body there is as little as possible: all of it that is read here travels twice.
  params: 4 * 1024,
};
/** A little is copied, and its buffer used again. */
const COPY_BYTES = 4 * 1024;

/** Who reads a connection of httpd's. */
export interface HttpdReader {
  readonly expected: Expected;
  /** The bytes are its to keep. */
  onData(chunk: Buffer): void;
}

/**
 * Takes over a connection that was accepted and not read (`pauseOnConnect`). It is read in pieces that leave most of a long body
 * where it is, and after `pause()` not at all, which of other sockets Node cannot promise: what is left is another process's to read.
 */
export function openHttpdSocket(accepted: Socket, reader: HttpdReader): Socket {
  let buffer = Buffer.allocUnsafeSlow(READ_BYTES[reader.expected]);
  const onread = {
    buffer: () => buffer,
    callback: (bytes: number) => {
      const chunk = buffer.subarray(0, bytes);
      const isLittle = bytes < COPY_BYTES;
      reader.onData(isLittle ? Buffer.from(chunk) : chunk);
      const readBytes = READ_BYTES[reader.expected];
      if (!isLittle || buffer.length > readBytes) buffer = Buffer.allocUnsafeSlow(readBytes);
      return true;
    },
  };
  return new Socket({ handle: takeHandle(accepted), onread } as SocketConstructorOpts);
}

/** Only a new socket can have `onread`; `handle` is how Node itself makes one (`lib/net.js`, Node 20 to 26). */
function takeHandle(socket: Socket): ConnectionHandle | undefined {
  const handle = findHandle(socket);
  (socket as unknown as { _handle: null })._handle = null;
  return handle;
}
