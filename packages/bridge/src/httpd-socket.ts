import { Socket, type SocketConstructorOpts } from 'node:net';

import { type ConnectionHandle, findHandle } from './connection-handle.ts';

/** Room for PARAMS and the 16 KiB of a body that mod_proxy_fcgi sends at once; of a long body most is left where it is. */
const HEAD_BYTES = 20 * 1024;
/** Of a body that comes this way. */
const BODY_BYTES = 64 * 1024;
/** A little is copied, and its buffer used again. */
const COPY_BYTES = 4 * 1024;

/** Who reads a connection of httpd's. */
export interface HttpdReader {
  /** A body is to come that it reads to its end. */
  readonly expectsBody: boolean;
  /** The bytes are its to keep. */
  onData(chunk: Buffer): void;
}

/**
 * Takes over a connection that was accepted and not read (`pauseOnConnect`). It is read in pieces that leave most of a long body
 * where it is, and after `pause()` not at all, which of other sockets Node cannot promise: what is left is another process's to read.
 */
export function openHttpdSocket(accepted: Socket, reader: HttpdReader): Socket {
  let buffer = Buffer.allocUnsafeSlow(HEAD_BYTES);
  const onread = {
    buffer: () => buffer,
    callback: (bytes: number) => {
      const chunk = buffer.subarray(0, bytes);
      const isLittle = bytes < COPY_BYTES;
      reader.onData(isLittle ? Buffer.from(chunk) : chunk);
      if (!isLittle) buffer = Buffer.allocUnsafeSlow(reader.expectsBody ? BODY_BYTES : HEAD_BYTES);
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
