import type { Server } from 'node:http';

import { findApp } from './find-app.ts';
import type { ListenedServer } from './listened-server.ts';
import type { AppSettings } from './messages.ts';
import { sendReport } from './report.ts';

/** What the app, or each app of a composition, may use to be found. */
export interface FindOptions {
  readonly workingDirectory: string;
  readonly listened: ListenedServer;
  /** The next server that listens belongs to another app. */
  expectNext(): void;
}

/** Finds the server of the app, or of all the apps of a composition. Throws what `findApp` and `loadComposition` throw. */
export async function findServer(app: AppSettings, options: FindOptions): Promise<Server> {
  const { workingDirectory, listened } = options;
  if (app.kind !== 'config') return findApp(app, workingDirectory, listened);
  const { loadComposition } = await import('./load-composition.ts');
  return loadComposition(app.entry, {
    onFiles: (files) => void sendReport({ type: 'loaded', files }),
    findApp: async (mounted, directory) => {
      const server = await findApp(mounted, directory, listened);
      listened.clear();
      options.expectNext();
      return server;
    },
  });
}
