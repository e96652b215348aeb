import { type Stats, accessSync, constants, lstatSync, statSync } from 'node:fs';

import { PathError } from './errors.ts';

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
};

/** @throws {PathError} ERR_CLI_PATH unless `path` is a directory that can be read and searched; `given` says where it was named. */
export function requireDirectory(given: string, path: string): void {
  if (!lookAt(given, path, constants.F_OK).isDirectory())
    throw new PathError(given, path, 'expected a directory, this is a file');
  lookAt(given, path, constants.R_OK | constants.X_OK);
}

/** @throws {PathError} ERR_CLI_PATH unless `path` is a file that can be read. */
export function requireFile(
  given: string,
  path: string,
  hints: { readonly missing?: string; readonly directory?: string; readonly denied?: string } = {},
): void {
  const stats = lookAt(given, path, constants.R_OK, hints.missing, hints.denied);
  if (stats.isDirectory())
    throw new PathError(given, path, 'expected a file, this is a directory', hints.directory);
  if (!stats.isFile()) throw new PathError(given, path, 'expected a regular file');
}

/** @throws {PathError} ERR_CLI_PATH unless `path` is a file that we may execute. */
export function requireProgram(given: string, path: string, hint?: string): void {
  const stats = lookAt(given, path, constants.X_OK, hint, 'make it executable, or name another');
  if (stats.isDirectory())
    throw new PathError(given, path, 'expected an executable file, this is a directory', hint);
  if (!stats.isFile()) throw new PathError(given, path, 'expected an executable file');
}

/** @throws {PathError} ERR_CLI_PATH unless `path` is a script of ours that nobody else can write to: it is sourced with our rights. */
export function requireOwnScript(given: string, path: string): void {
  requireFile(given, path);
  const stats = lstatSync(path);
  if (!stats.isFile()) throw new PathError(given, path, 'expected a regular file, not a link to one');
  if (stats.uid !== process.geteuid?.()) throw new PathError(given, path, `belongs to uid ${stats.uid}`);
  if ((stats.mode & 0o022) !== 0)
    throw new PathError(given, path, 'can be written to by others', `chmod go-w ${path}`);
}

/** What `path` is. @throws {PathError} ERR_CLI_PATH unless it is a file or directory that can be read. */
export function requireFileOrDirectory(given: string, path: string): 'file' | 'directory' {
  return lookAt(given, path, constants.R_OK).isDirectory() ? 'directory' : 'file';
}

function lookAt(given: string, path: string, access: number, missing?: string, denied?: string): Stats {
  try {
    const stats = statSync(path);
    accessSync(path, access);
    return stats;
  } catch (error) {
    const problem = problems[(error as NodeJS.ErrnoException).code ?? ''];
    if (problem === undefined) throw error;
    throw new PathError(given, path, problem, problem === problems['EACCES'] ? denied : missing);
  }
}
