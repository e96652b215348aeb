import { dirname, resolve } from 'node:path';

import {
  createFilesMatcher,
  findTsconfig as findPath,
  parseTsconfig,
  type TsConfigJsonResolved,
} from 'get-tsconfig';

import { TsconfigError } from './errors.ts';

/** A tsconfig.json with everything it extends, packages included. */
export interface Tsconfig {
  readonly path: string;
  readonly compilerOptions: NonNullable<TsConfigJsonResolved['compilerOptions']>;
  /** Whether the file is one of those that it is about. */
  covers(file: string): boolean;
}

/**
 * The tsconfig.json an app is compiled with: the nearest one above its entry, as editors and compilers choose, else above
 * the working directory. TSX_TSCONFIG_PATH wins, as in tsx. Undefined when there is none. Throws TsconfigError.
 */
export function findTsconfig(entry: string, workingDirectory: string): Tsconfig | undefined {
  const named = process.env['TSX_TSCONFIG_PATH'];
  const path = named === undefined ? findNearest(entry, workingDirectory) : resolve(named);
  if (path === undefined) return undefined;
  try {
    const config = parseTsconfig(path);
    const matches = createFilesMatcher({ path, config });
    return {
      path,
      compilerOptions: config.compilerOptions ?? {},
      covers: (file) => matches(file) !== undefined,
    };
  } catch (error) {
    throw new TsconfigError(path, error);
  }
}

function findNearest(entry: string, workingDirectory: string): string | undefined {
  // A package may have been published with one that speaks of files it was made from.
  const starts = entry.includes('/node_modules/') ? [workingDirectory] : [dirname(entry), workingDirectory];
  return starts.map((start) => findPath(start)).find((path) => path !== undefined);
}
