import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `condition` holds, asking every `pauseMs`; fails, naming `what`, after `within` milliseconds. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  { within, what, pauseMs = 10 }: { within: number; what: string; pauseMs?: number },
): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${within} ms in vain for ${what}`);
    await delay(pauseMs);
  }
}
