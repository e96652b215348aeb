import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { type ListenAddress, isPortFree } from './probe.ts';

/** Name of the file that every orderly end removes from the server root. */
export const SUPERVISOR_PID_FILE = 'supervisor.pid';

/** httpd takes up to two seconds to end after SIGTERM; then somebody else has the port. */
const PATIENCE_MS = 5000;
const PAUSE_MS = 20;

/**
 * Waits for the httpd of a supervisor that was killed, which its guard is ending: it has the port until then.
 * Precondition: no supervisor runs in the server root. Returns at once when the one before ended in order.
 */
export async function waitForPredecessor(serverRoot: string, address: ListenAddress): Promise<void> {
  if (!existsSync(join(serverRoot, SUPERVISOR_PID_FILE))) return;
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isPortFree(address)) && performance.now() < deadline) await delay(PAUSE_MS);
}
