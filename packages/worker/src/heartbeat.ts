import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How the process is doing. */
export interface Pulse {
  /** Mean delay of the event loop since the last pulse, beyond what the measurement itself waits. */
  readonly loopDelayMs: number;
  readonly rssBytes: number;
}

const RESOLUTION_MS = 20;

/** Reports a pulse at every interval, without keeping the process alive. */
export function startHeartbeat(intervalMs: number, report: (pulse: Pulse) => void): void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  setInterval(() => {
    const meanMs = delays.count > 0 ? delays.mean / 1e6 : RESOLUTION_MS;
    delays.reset();
    report({ loopDelayMs: Math.max(0, meanMs - RESOLUTION_MS), rssBytes: process.memoryUsage.rss() });
  }, intervalMs).unref();
}
