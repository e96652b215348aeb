import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { type ConnectionHandle } from '../src/lent-connection.ts';

/** A connection of httpd, over a real socket. */
export interface LentPair {
  /** httpd's end, paused. */
  readonly httpd: Socket;
  /** Ours, as it comes over IPC: without a socket around it. */
  readonly handle: ConnectionHandle;
  close(): void;
}

/** Connects both ends. */
export async function openLentPair(): Promise<LentPair> {
  const directory = mkdtempSync(path.join(tmpdir(), 'lent-'));
  const server = createServer().listen(path.join(directory, 'socket'));
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const ours = connect(path.join(directory, 'socket'));
  const [[httpd]] = await Promise.all([accepted, once(ours, 'connect')]);
  httpd.pause();
  httpd.on('error', () => undefined);
  const handle = takeHandle(ours);
  return {
    httpd,
    handle,
    close: () => {
      httpd.destroy();
      handle.close();
      server.close();
      rmSync(directory, { recursive: true });
    },
  };
}

function takeHandle(socket: Socket): ConnectionHandle {
  const internals = socket as unknown as {
    _handle: (ConnectionHandle & { readStop(): void; reading: boolean }) | null;
  };
  const handle = internals._handle;
  if (handle === null) throw new Error('the connection is closed');
  handle.readStop();
  handle.reading = false;
  internals._handle = null;
  return handle;
}
