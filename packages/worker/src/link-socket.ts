import { Socket, type SocketConstructorOpts } from 'node:net';

/** What one read takes. */
const READ_BYTES = 64 * 1024;

/**
 * Takes over a connection that was accepted and not read (`pauseOnConnect`). All of it is read into one buffer: what `data`
 * gives is there until the listeners return. Elsewhere Node allocates 64 KiB for each read, and V8, which counts them,
 * collects all the garbage of the app the more often.
 */
export function openLinkSocket(accepted: Socket): Socket {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const onread = {
    buffer,
    callback: (bytes: number) => socket.emit('data', buffer.subarray(0, bytes)),
  };
  const socket = new Socket({ handle: takeHandle(accepted), onread } as SocketConstructorOpts);
  // The server waits for the one that it accepted.
  socket.once('close', () => accepted.destroy());
  return socket;
}

/** Only a new socket can have `onread`; `handle` is how Node itself makes one (`lib/net.js`, Node 20 to 26). */
function takeHandle(accepted: Socket): unknown {
  const holder = accepted as unknown as { _handle: unknown };
  const handle = holder._handle;
  holder._handle = null;
  return handle;
}
