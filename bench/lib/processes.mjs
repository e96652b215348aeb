// Processes of a host, found by a mark in their environment, and what the kernel has booked to them.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const TICKS_PER_SECOND = 100; // sysconf(_SC_CLK_TCK), fixed by the kernel's interface

/** Processes that were started by us, by mark: nginx overwrites its environment. */
const started = new Map();

/** Every process with `mark` in its environment, every one we started, and all their descendants. */
export function findProcesses(mark) {
  const parents = new Map();
  const marked = new Set(started.get(mark));
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    const stat = read(`/proc/${pid}/stat`);
    if (stat === undefined) continue;
    parents.set(pid, Number(afterName(stat)[1]));
    if (read(`/proc/${pid}/environ`)?.includes(`BENCH_MARK=${mark}\0`)) marked.add(pid);
  }
  const isOurs = (pid) => marked.has(pid) || (parents.has(pid) && pid > 1 && isOurs(parents.get(pid)));
  return [...parents.keys()].filter(isOurs);
}

/** User and system time of these processes so far, in microseconds. Ended ones count as long as their parent does. */
export function cpuTimeUs(pids) {
  let total = 0;
  for (const pid of pids) {
    let precise = 0;
    for (const task of list(`/proc/${pid}/task`)) {
      precise += Number((read(`/proc/${pid}/task/${task}/schedstat`) ?? '0').split(' ')[0]);
    }
    // schedstat counts nanoseconds of threads that exist; stat also what ended threads and children had, in ticks.
    const [utime, stime, cutime, cstime] = afterName(read(`/proc/${pid}/stat`) ?? '')
      .slice(11, 15)
      .map(Number);
    const ticksUs = (((utime ?? 0) + (stime ?? 0)) * 1e6) / TICKS_PER_SECOND;
    const childrenUs = (((cutime ?? 0) + (cstime ?? 0)) * 1e6) / TICKS_PER_SECOND;
    total += Math.max(precise / 1000, ticksUs - 1e6 / TICKS_PER_SECOND) + childrenUs;
  }
  return total;
}

/** Resident memory, its share of shared pages counted in part, and what is private, in bytes. */
export function memory(pids) {
  const sum = { rssBytes: 0, pssBytes: 0, privateBytes: 0 };
  for (const pid of pids) {
    const rollup = read(`/proc/${pid}/smaps_rollup`) ?? '';
    const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) * 1024;
    sum.rssBytes += field('Rss');
    sum.pssBytes += field('Pss');
    sum.privateBytes += field('Private_Clean') + field('Private_Dirty');
  }
  return sum;
}

/** Starts a program of a host; its output is kept for the message when it does not come up. */
export function start(mark, file, args, env = {}) {
  const child = spawn(file, args, {
    env: { ...process.env, ...env, BENCH_MARK: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  started.set(mark, [...(started.get(mark) ?? []), child.pid]);
  child.output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (child.output += text));
  return child;
}

/** Ends every process of a host, and waits for it. */
export async function stopAll(mark) {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    for (const pid of findProcesses(mark)) kill(pid, signal);
    for (let tries = 0; tries < 100 && findProcesses(mark).length > 0; tries += 1) await sleep(100);
  }
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function afterName(stat) {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined; // it has ended, or is another account's
  }
}

function list(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
