// What the kernel has booked to processes: time and memory.
import { afterName, list, read } from './proc.mjs';

const TICKS_PER_SECOND = 100; // sysconf(_SC_CLK_TCK), fixed by the kernel's interface

/** User and system time of these processes so far, in microseconds. Ended ones count as long as their parent does. */
export function cpuTimeUs(pids) {
  let total = 0;
  for (const pid of pids) {
    let precise = 0;
    for (const task of list(`/proc/${pid}/task`)) precise += threadTimeUs(pid, task);
    // schedstat counts nanoseconds of threads that exist; stat also what ended threads and children had, in ticks.
    const [utime, stime, cutime, cstime] = afterName(read(`/proc/${pid}/stat`) ?? '')
      .slice(11, 15)
      .map(Number);
    const ticksUs = (((utime ?? 0) + (stime ?? 0)) * 1e6) / TICKS_PER_SECOND;
    const childrenUs = (((cutime ?? 0) + (cstime ?? 0)) * 1e6) / TICKS_PER_SECOND;
    total += Math.max(precise, ticksUs - 1e6 / TICKS_PER_SECOND) + childrenUs;
  }
  return total;
}

/** User and system time of the main thread of a process so far, in microseconds: where an app in Node runs. */
export function mainThreadUs(pid) {
  return threadTimeUs(pid, pid);
}

/** Resident memory with its share of shared pages counted in part (PSS), and what is private, in MiB. */
export function memoryMiB(pids) {
  const sum = { pssMiB: 0, privateMiB: 0 };
  for (const pid of pids) {
    const rollup = read(`/proc/${pid}/smaps_rollup`) ?? '';
    const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / 1024;
    sum.pssMiB += field('Pss');
    sum.privateMiB += field('Private_Clean') + field('Private_Dirty');
  }
  return sum;
}

/** Documentation/scheduler/sched-stats.rst: the first field is the time spent on the cpu, in nanoseconds. */
function threadTimeUs(pid, thread) {
  return Number((read(`/proc/${pid}/task/${thread}/schedstat`) ?? '0').split(' ')[0]) / 1000;
}
