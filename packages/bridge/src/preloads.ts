import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { type AppSettings } from '@httpd-express/worker/messages';

/** What a worker loads before the app. */
export interface PreloadOptions {
  /** URLs of files, or names of packages. */
  readonly imports: readonly string[];
  readonly app: AppSettings;
  readonly workingDirectory: string;
  /** The worker's program. */
  readonly mainPath: string;
}

/** `--import` for Node; where a file is TypeScript, its loader comes first. */
export function toImportFlags({ imports, app, workingDirectory, mainPath }: PreloadOptions): string[] {
  const needsLoader =
    imports.some((specifier) => /^file:.*\.(?:[cm]?ts|tsx)$/.test(specifier)) &&
    app.loader !== 'native' &&
    app.loader !== 'none';
  const loader = pathToFileURL(path.join(path.dirname(mainPath), 'register-typescript.js'));
  loader.searchParams.set('entry', app.kind === 'script' ? app.entry : path.join(workingDirectory, 'app'));
  return [...(needsLoader ? [loader.href] : []), ...imports].flatMap((specifier) => ['--import', specifier]);
}
