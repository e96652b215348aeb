import { readFileSync } from 'node:fs';

/** What a process has read in all its life, from whatever it was. */
export function bytesRead(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}
