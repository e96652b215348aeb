import { readFileSync } from 'node:fs';

const MIB = 1024 * 1024;

/** Resident memory of a process, in MiB. Linux only. */
export function readResidentMib(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kilobytes) * 1024) / MIB;
}

/** Runs `work` and returns by how many MiB each process grew at most meanwhile. */
export async function measureGrowth(pids: readonly number[], work: () => Promise<void>): Promise<number[]> {
  const before = pids.map(readResidentMib);
  const peak = [...before];
  const timer = setInterval(() => {
    for (const [index, pid] of pids.entries()) peak[index] = Math.max(peak[index] ?? 0, readResidentMib(pid));
  }, 50);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return peak.map((value, index) => value - (before[index] ?? 0));
}
