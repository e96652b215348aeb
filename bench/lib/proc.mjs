// Files of /proc. A process may end while it is read.
import { readFileSync, readdirSync } from 'node:fs';

/** The text of a file of a process; undefined when the process has ended, or is another account's. */
export function read(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** The names in a directory; none when the process has ended. */
export function list(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** The fields of /proc/PID/stat after the name, which may contain anything. */
export function afterName(stat) {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
