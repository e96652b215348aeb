import { readFile, readdir, readlink } from 'node:fs/promises';

/** A program that listens on a port. */
export interface PortOwner {
  readonly pid: number;
  readonly name: string;
}

const LISTEN_STATE = '0A';

/** Finds who listens on a TCP port, on whatever address; undefined when /proc does not tell (not Linux, not our process). */
export async function findPortOwner(port: number): Promise<PortOwner | undefined> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readIfPossible));
  const inodes = tables.flatMap((table) => parseListeners(table, port));
  if (inodes.length === 0) return undefined;
  const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (await holdsOneOf(pid, sockets)) {
      return { pid: Number(pid), name: (await readIfPossible(`/proc/${pid}/comm`)).trim() };
    }
  }
  return undefined;
}

/** Inodes of the sockets that listen on `port`, from the text of /proc/net/tcp (proc(5)). */
export function parseListeners(table: string, port: number): string[] {
  const address = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(address) === true && fields[3] === LISTEN_STATE)
    .flatMap((fields) => fields[9] ?? []);
}

async function holdsOneOf(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const directory = `/proc/${pid}/fd`;
  const fds = await readdir(directory).catch(() => []); // ended meanwhile, or another user's
  const links = await Promise.all(fds.map((fd) => readlink(`${directory}/${fd}`).catch(() => ''))); // closed meanwhile
  return links.some((link) => sockets.has(link));
}

async function readIfPossible(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => ''); // what /proc does not tell is not known
}
