/** Settles once `condition` holds; fails with what was waited for when it does not in time. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  { within: limitMs, what }: { within: number; what: string },
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
