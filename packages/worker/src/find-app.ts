import type { Server } from 'node:http';

import { expectedShapes } from './app-shapes.ts';
import { AppNeverLoadedError, AppThrewError, NothingToServeError } from './errors.ts';
import type { ListenedServer } from './listened-server.ts';
import { loadApp } from './load-app.ts';
import type { AppSettings } from './messages.ts';

/**
 * Loads the app and settles as soon as there is a server to serve: the one that listens, or else an export. An app that
 * exports none is waited for as long as it has anything to wait for itself. Throws what `loadApp` throws, AppThrewError for
 * what is thrown meanwhile, Http2UnsupportedError, NothingToServeError, and AppNeverLoadedError.
 */
export async function findApp(
  app: AppSettings,
  workingDirectory: string,
  listened: ListenedServer,
): Promise<Server> {
  let exports: string | undefined;
  const trouble = watchForTrouble(app.entry, () => exports);
  const loading = loadApp(app, { workingDirectory, hasListened: () => listened.current !== undefined });
  const listening = listened.wait();
  const exported = loading.then((loaded) => {
    exports = loaded.exports;
    return (listened.current === undefined ? loaded.server : undefined) ?? listening;
  });
  try {
    const server = await Promise.race([listening, exported, trouble.found]);
    // An app that listens and throws afterwards crashes, as in plain Node.
    exported.catch(throwLater);
    return server;
  } finally {
    listening.catch(() => undefined); // said above, or nobody waits for it any more
    trouble.stop();
  }
}

function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error instanceof AppThrewError ? error.cause : error;
  });
}

/** Rejects when the app throws outside of its module's evaluation, or when nothing is left that could make it ready. */
function watchForTrouble(entry: string, getExports: () => string | undefined): Trouble {
  let onUncaught: ((error: unknown) => void) | undefined;
  let onIdle: (() => void) | undefined;
  const found = new Promise<never>((_, reject) => {
    onUncaught = (error) => {
      // An app with a listener of its own has taken care of it.
      if (process.listenerCount('uncaughtException') === 1) reject(new AppThrewError(entry, error));
    };
    onIdle = () => {
      const exports = getExports();
      reject(
        exports === undefined
          ? new AppNeverLoadedError(entry)
          : new NothingToServeError(entry, exports, expectedShapes),
      );
    };
    process.on('uncaughtException', onUncaught).on('beforeExit', onIdle);
  });
  const stop = (): void => {
    if (onUncaught !== undefined) process.off('uncaughtException', onUncaught);
    if (onIdle !== undefined) process.off('beforeExit', onIdle);
  };
  return { found, stop };
}

interface Trouble {
  readonly found: Promise<never>;
  stop(): void;
}
