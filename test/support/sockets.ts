import { openFiles } from './open-files.ts';
import { readStatus } from './server-status.ts';
import { waitFor } from './wait-for.ts';

/**
 * Waits until a server's only worker has as many sockets that the bridge does not have as there are in `expected`, its own: a
 * connection of httpd's that the bridge has closed, the worker must not keep. Resolves with their number.
 */
export async function expectNoSocketsLeft(serverRoot: string, expected: number | undefined): Promise<number> {
  const { bridge } = await readStatus(serverRoot);
  const countOwn = (): number => {
    const shared = openFiles(bridge.pid ?? 0);
    const [worker] = bridge.details?.workers ?? [];
    const isOwn = (file: string): boolean => file.startsWith('socket:') && !shared.has(file);
    return [...openFiles(worker?.pid ?? 0)].filter(isOwn).length;
  };
  const own = expected ?? countOwn();
  await waitFor(() => countOwn() === own, {
    within: 3000,
    what: `the worker to have ${own} sockets of its own`,
  });
  return own;
}
