/** Not a variable of this module: the app may have a copy of this package of its own. */
const wish = Symbol.for('httpd-express.keepSockets');
const holder = globalThis as { [wish]?: boolean };

/**
 * Asks that this worker's WebSockets stay open while it is being replaced: until they end by themselves, or
 * graceful-timeout has passed. Without it they are closed with code 1012 over that time, so that their clients come back
 * to the new worker one after the other. A server that stops closes them in any case. Harmless under plain `node`.
 */
export function keepSockets(): void {
  holder[wish] = true;
}

/** Whether the app has asked for it. */
export function areSocketsKept(): boolean {
  return holder[wish] === true;
}
