import { readdirSync, readlinkSync } from 'node:fs';

import { readStatus } from './server-status.ts';
import { waitFor } from './wait-for.ts';

/** Sockets that a process has open, by their inodes: two processes that share a connection show the same. */
function socketsOf(pid: number): Set<string> {
  const directory = `/proc/${pid}/fd`;
  const targets = readdirSync(directory).map((fd) => {
    try {
      return readlinkSync(`${directory}/${fd}`);
    } catch {
      return ''; // closed since
    }
  });
  return new Set(targets.filter((target) => target.startsWith('socket:')));
}

/**
 * Waits until a server's only worker has as many sockets that the bridge does not have as there are in `expected`, its own: a
 * connection of httpd's that the bridge has closed, the worker must not keep. Resolves with their number.
 */
export async function expectNoSocketsLeft(serverRoot: string, expected: number | undefined): Promise<number> {
  const { bridge } = await readStatus(serverRoot);
  const countOwn = (): number => {
    const shared = socketsOf(bridge.pid ?? 0);
    const [worker] = bridge.details?.workers ?? [];
    return [...socketsOf(worker?.pid ?? 0)].filter((socket) => !shared.has(socket)).length;
  };
  const own = expected ?? countOwn();
  await waitFor(() => countOwn() === own, {
    within: 3000,
    what: `the worker to have ${own} sockets of its own`,
  });
  return own;
}
