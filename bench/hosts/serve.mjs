// The app in plain Node, for the hosts that put something in front of it.
import path from 'node:path';

import { start } from '../lib/processes.mjs';

export const benchDirectory = path.dirname(import.meta.dirname);

/** One Node process with the app on a port or a path. */
export function startNode({ mark, app }, listen) {
  return start(mark, process.execPath, [path.join(benchDirectory, 'apps/serve.mjs')], {
    NODE_ENV: 'production',
    BENCH_APP: app,
    BENCH_LISTEN: String(listen),
  });
}
