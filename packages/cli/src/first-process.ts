import { constants } from 'node:os';

const names = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** To process 1 the kernel delivers no signal that nobody listens for: one that comes while we prepare would be lost. */
const listeners = process.pid === 1 ? names.map((name) => [name, end(name)] as const) : [];

for (const [name, listener] of listeners) process.on(name, listener);

/** To be called once somebody else listens for signals. */
export function releaseSignals(): void {
  for (const [name, listener] of listeners) process.removeListener(name, listener);
}

function end(name: NodeJS.Signals): () => never {
  return () => process.exit(128 + constants.signals[name]);
}
