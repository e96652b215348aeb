import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How the process is doing. */
export interface Pulse {
  /** Mean delay of the event loop since the last pulse, beyond what the measurement itself waits. */
  readonly loopDelayMs: number;
  readonly rssBytes: number;
  /** User and system time of the whole process so far. */
  readonly cpuTimeMs: number;
}

const RESOLUTION_MS = 20;

/** Reports a pulse at every interval, without keeping the process alive. */
export function startHeartbeat(intervalMs: number, report: (pulse: Pulse) => void): void {
  const readLoopDelayMs = measureLoopDelay();
  setInterval(() => {
    const { user, system } = process.cpuUsage();
    const cpuTimeMs = Math.round((user + system) / 1000);
    report({ loopDelayMs: readLoopDelayMs(), rssBytes: process.memoryUsage.rss(), cpuTimeMs });
  }, intervalMs).unref();
}

/** Differences of sums, because Node's `reset()` loses the sample that is under way: the one of a blocked loop. */
function measureLoopDelay(): () => number {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let lastCount = 0;
  let lastSumMs = 0;
  return () => {
    const count = delays.count;
    const sumMs = count === 0 ? 0 : (delays.mean * count) / 1e6;
    const meanMs = count === lastCount ? RESOLUTION_MS : (sumMs - lastSumMs) / (count - lastCount);
    lastCount = count;
    lastSumMs = sumMs;
    return Math.max(0, meanMs - RESOLUTION_MS);
  };
}
