import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** What decides over access, as `stat` tells it. */
export interface FileFacts {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly isDirectory: boolean;
}

/** How to learn them; symbolic links are followed. */
export interface FileSystemFacts {
  readonly stat: (path: string) => FileFacts;
  readonly realpath: (path: string) => string;
}

/** Who asks for access. */
export interface Accessor {
  readonly uid: number;
  readonly groups: readonly number[];
}

/** The file or directory that keeps an account from something, and why: `mode 0700, uid 0, gid 0`. */
export interface Obstacle {
  readonly path: string;
  readonly facts: string;
}

/** The file system of this machine. */
export const realFileSystem: FileSystemFacts = {
  stat: (path) => {
    const stats = statSync(path);
    return { mode: stats.mode, uid: stats.uid, gid: stats.gid, isDirectory: stats.isDirectory() };
  },
  realpath: (path) => realpathSync(path),
};

/**
 * Finds what keeps `accessor` from reading `path`: a directory above it, of the path as written or as resolved, that
 * may not be searched, or the file itself. By mode bits; access control lists are not looked at.
 */
export function findReadObstacle(
  accessor: Accessor,
  path: string,
  files = realFileSystem,
): Obstacle | undefined {
  return (
    findSearchObstacle(accessor, path, files) ??
    findSearchObstacle(accessor, files.realpath(path), files) ??
    checkBits(accessor, path, files, { file: 0o4, directory: 0o5 })
  );
}

/** Finds the directory above `path` that `accessor` may not search. `path` itself is not looked at. */
export function findSearchObstacle(
  accessor: Accessor,
  path: string,
  files = realFileSystem,
): Obstacle | undefined {
  const parent = dirname(path);
  for (const directory of new Set([...ancestorsOf(parent), ...ancestorsOf(files.realpath(parent))])) {
    const obstacle = checkBits(accessor, directory, files, { file: 0o1, directory: 0o1 });
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}

function checkBits(
  accessor: Accessor,
  path: string,
  files: FileSystemFacts,
  needs: { file: number; directory: number },
) {
  const facts = files.stat(path);
  const needed = facts.isDirectory ? needs.directory : needs.file;
  if ((bitsFor(accessor, facts) & needed) === needed) return undefined;
  const mode = (facts.mode & 0o7777).toString(8).padStart(4, '0');
  return { path, facts: `mode ${mode}, uid ${facts.uid}, gid ${facts.gid}` };
}

/** The owner's, the group's or the others' three bits: the first that applies decides, however little it grants. */
function bitsFor({ uid, groups }: Accessor, facts: FileFacts): number {
  if (uid === 0) return 0o7;
  if (uid === facts.uid) return (facts.mode >> 6) & 0o7;
  return (groups.includes(facts.gid) ? facts.mode >> 3 : facts.mode) & 0o7;
}

/** `/`, `/a`, `/a/b` for `/a/b`. */
function ancestorsOf(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestorsOf(parent), path];
}
