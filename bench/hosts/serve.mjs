// The app in plain Node: alone, or with a server in front of it.
import { chmodSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';

import { start } from '../lib/processes.mjs';
import { apps } from './paths.mjs';

/** One Node process with the app on a port or a path. */
export function startNode({ mark, app }, listen) {
  return start(mark, process.execPath, [path.join(apps, 'serve.mjs')], {
    NODE_ENV: 'production',
    BENCH_APP: app,
    BENCH_LISTEN: String(listen),
  });
}

/** The same on a socket that a server of another account may open; its path. */
export function startNodeBehind(place) {
  const socket = path.join(place.directory, 'app.sock');
  rmSync(socket, { force: true });
  startNode(place, socket);
  const timer = setInterval(() => {
    if (!existsSync(socket)) return;
    clearInterval(timer);
    chmodSync(socket, 0o777);
  }, 5).unref();
  return socket;
}

export const plainNode = {
  absent: () => undefined,
  start: (place) => startNode(place, place.port),
};
