import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `condition` holds; fails, naming `what`, after `within` milliseconds. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  { within, what }: { within: number; what: string },
): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${within} ms in vain for ${what}`);
    await delay(10);
  }
}
