/** Settles when the condition holds; rejects when it does not in time, saying what was awaited. */
export async function waitFor(
  condition: () => boolean,
  { within = 5000, what }: { readonly within?: number; readonly what: string },
): Promise<void> {
  const deadline = performance.now() + within;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${within} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Records the names of events in the order they come. */
export function recordEvents(
  emitters: Readonly<Record<string, NodeJS.EventEmitter>>,
  names: readonly string[],
): string[] {
  const events: string[] = [];
  for (const [label, emitter] of Object.entries(emitters))
    for (const name of names) emitter.on(name, () => events.push(`${label} ${name}`));
  return events;
}
