// Processes of a host, found by a mark in their environment: starting, finding and ending them.
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import { interrupted } from './interruption.mjs';
import { afterName, list, read } from './proc.mjs';

/** Processes that were started by us, by mark: nginx overwrites its environment. */
const started = new Map();

/** Every process with one of the marks in its environment, every one we started, and all their descendants. */
export function findProcesses(...marks) {
  const parents = new Map();
  const marked = new Set(marks.flatMap((mark) => started.get(mark) ?? []));
  for (const name of list('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    const stat = read(`/proc/${pid}/stat`);
    if (stat === undefined) continue;
    parents.set(pid, Number(afterName(stat)[1]));
    const environment = read(`/proc/${pid}/environ`);
    if (marks.some((mark) => environment?.includes(`BENCH_MARK=${mark}\0`))) marked.add(pid);
  }
  const isOurs = (pid) => marked.has(pid) || (parents.has(pid) && pid > 1 && isOurs(parents.get(pid)));
  return [...parents.keys()].filter(isOurs);
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

/** Ends every process of some hosts, and waits for them, whatever interrupts the run. */
export async function stopAll(marks) {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    for (const pid of findProcesses(...marks)) kill(pid, signal);
    for (let tries = 0; tries < 100 && findProcesses(...marks).length > 0; tries += 1) await delay(100);
  }
}

/** Rejects when the run is interrupted. */
export function sleep(ms) {
  return delay(ms, undefined, { signal: interrupted });
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
