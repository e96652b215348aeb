import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Those of stdin, stdout and stderr that were a terminal when we started. */
const terminals = [0, 1, 2].filter((fd) => isatty(fd));

/** Whether we were started from a terminal that has been closed since: its descriptors answer EIO. */
export function isTerminalLost(): boolean {
  return terminals.length > 0 && !terminals.some((fd) => isatty(fd));
}

/** To be called last: Node aborts when it cannot give a terminal its mode back at exit, unless the descriptor is closed. */
export function closeLostTerminals(): void {
  if (isTerminalLost()) terminals.splice(0).forEach(closeSync);
}
