/** Whether what root is about to believe or run can be changed by somebody else. */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** A file or directory over which others decide, and how: `belongs to uid 1000`. */
export interface Weakness {
  readonly path: string;
  readonly problem: string;
}

/**
 * Finds what lets somebody other than root change the file or directory at `path`, or put another in its place: itself,
 * a directory above it, or a symbolic link on the way. By mode bits; access control lists are not looked at.
 */
export function findWeakness(path: string): Weakness | undefined {
  realpathSync(path); // fails where it is missing, or goes round in circles
  for (const place of new Set(placesOnTheWay(path))) {
    const problem = problemOf(place);
    if (problem !== undefined) return { path: place, problem };
  }
  return undefined;
}

/** From the top down. */
function placesOnTheWay(path: string): string[] {
  const parent = dirname(path);
  if (parent === path) return [path];
  const directory = realpathSync(parent);
  const place = join(directory, basename(path));
  const target = lstatSync(place).isSymbolicLink() ? resolve(directory, readlinkSync(place)) : undefined;
  return [...placesOnTheWay(parent), place, ...(target === undefined ? [] : placesOnTheWay(target))];
}

function problemOf(place: string): string | undefined {
  const stats = lstatSync(place);
  if (stats.uid !== 0) return `belongs to uid ${stats.uid}`;
  // In a directory with the sticky bit, such as /tmp, others cannot replace what is not theirs. Links have no mode.
  if ((stats.mode & 0o022) === 0 || (stats.mode & 0o1000) !== 0 || stats.isSymbolicLink()) return undefined;
  return `can be written to by others (mode ${(stats.mode & 0o7777).toString(8)})`;
}
