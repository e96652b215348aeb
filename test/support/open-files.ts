import { readdirSync, readlinkSync } from 'node:fs';

/** What a process has open: paths, and `socket:[INODE]`, the same for two processes that share a connection. */
export function openFiles(pid: number): Set<string> {
  const directory = `/proc/${pid}/fd`;
  const targets = readdirSync(directory).flatMap((fd) => {
    try {
      return [readlinkSync(`${directory}/${fd}`)];
    } catch {
      return []; // closed meanwhile
    }
  });
  return new Set(targets);
}
