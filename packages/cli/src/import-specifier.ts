import { statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { requireFile } from './require-path.ts';

/** A module to load before the app: the URL of a file, or the name of a package. */
export interface Import {
  readonly specifier: string;
  /** Absent for packages. */
  readonly file?: string;
}

/**
 * What `--import` names: a file where there is one or where it is written as a path, else a package.
 *
 * @throws {PathError} ERR_CLI_PATH
 */
export function requireImport(given: string, raw: string): Import {
  if (!mayBeFile(raw) && !/^\.{0,2}\//.test(raw)) return { specifier: raw };
  const file = path.resolve(raw);
  requireFile(given, file);
  return { specifier: pathToFileURL(file).href, file };
}

function mayBeFile(raw: string): boolean {
  try {
    return statSync(raw, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return true; // a name that is too long, a closed directory: requireFile says which
  }
}
