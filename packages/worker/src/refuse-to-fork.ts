import cluster from 'node:cluster';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Makes `cluster.fork()` throw: the app would be the primary of processes that run this program, not the app's. Elsewhere
 * `cluster` is as it is under plain Node: an app that asks listens in its primary.
 */
export function refuseToFork(): void {
  cluster.fork = () => {
    throw new Error(
      'cannot fork workers with cluster: express does that itself (--processes); call listen() without cluster',
    );
  };
  syncBuiltinESMExports();
}
