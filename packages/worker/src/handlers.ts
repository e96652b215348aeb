import type { Server } from 'node:http';

import { expectedShapes } from './app-shapes.ts';
import type { CgiVariables } from './cgi-request.ts';
import { NothingToServeError } from './errors.ts';
import { loadApp } from './load-app.ts';
import type { AppSettings } from './messages.ts';

/** Extension → what answers for files that have it. */
export type Handlers = ReadonlyMap<string, Server>;

/** Loads the scripts of `--add-handler`. Throws what `loadApp` throws, and NothingToServeError. */
export async function loadHandlers(app: AppSettings, workingDirectory: string): Promise<Handlers> {
  const handlers = new Map<string, Server>();
  for (const [extension, entry] of app.handlers ?? []) {
    const settings: AppSettings = {
      kind: 'script',
      entry,
      mountPoint: '/',
      ...(app.loader !== undefined && { loader: app.loader }),
    };
    const { server, exports } = await loadApp(settings, { workingDirectory, hasListened: () => false });
    if (server === undefined) throw new NothingToServeError(entry, exports, expectedShapes);
    handlers.set(extension, server);
  }
  return handlers;
}

/** The handler httpd has chosen for a request, and its variables with the file in SCRIPT_FILENAME. RFC 3875 says nothing of it, CGI programs expect it. */
export function findHandler(
  handlers: Handlers,
  variables: CgiVariables,
): { readonly server: Server; readonly variables: CgiVariables } | undefined {
  const server = handlers.get(variables.get('EXPRESS_HANDLER') ?? '');
  if (server === undefined) return undefined;
  const file = variables.get('EXPRESS_HANDLER_FILE') ?? '';
  return { server, variables: new Map([...variables, ['SCRIPT_FILENAME', file]]) };
}
