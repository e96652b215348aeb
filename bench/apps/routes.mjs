// What every app of the comparison answers, whatever it is written with.
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

export const HELLO = 'hello world\n';

const bodies = new Map();

/** The body of `/bytes/N`: N bytes, made once. */
export function bytes(count) {
  if (!bodies.has(count)) bodies.set(count, Buffer.alloc(count, 'x'));
  return bodies.get(count);
}

/** What this process has done since it began: milliseconds its event loop was busy. */
export function loopTime() {
  return JSON.stringify({ pid: process.pid, activeMs: performance.eventLoopUtilization().active });
}

/** The same, after a while in which nothing is done. */
export async function loopTimeAfter(ms) {
  await setTimeout(ms);
  return loopTime();
}
