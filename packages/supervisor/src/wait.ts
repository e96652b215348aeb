/** A promise and the function that settles it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

/** `Promise.withResolvers` for Node 20. */
export function createDeferred<T>(): Deferred<T> {
  let resolve: ((value: T) => void) | undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve: (value) => resolve?.(value) };
}

/** The longest timer there is, 24 days; Node lets a longer one end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `setTimeout` for a time that may be a sum of settings, each of which is as long as a timer can be. */
export function setLongTimeout(callback: () => void, delayMs: number): NodeJS.Timeout {
  return setTimeout(callback, Math.min(delayMs, LONGEST_TIMER_MS));
}

/** What ended a wait first: one of the outcomes, its deadline, or its signal. */
export type WaitEnd<T> = T | 'deadline' | 'aborted';

/**
 * Waits for the first of `outcomes`; gives up after `withinMs` (0: never) or when `signal` aborts. `outcomes` are called
 * with a signal that aborts when the wait is over, for what they have to undo.
 */
export async function waitForFirst<T>(
  outcomes: (over: AbortSignal) => readonly Promise<T>[],
  { withinMs, signal }: { readonly withinMs: number; readonly signal: AbortSignal },
): Promise<WaitEnd<T>> {
  const over = new AbortController();
  const given = createDeferred<'deadline' | 'aborted'>();
  const timer =
    withinMs > 0
      ? setLongTimeout(() => {
          given.resolve('deadline');
        }, withinMs)
      : undefined;
  const abort = () => {
    given.resolve('aborted');
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true, signal: over.signal });
  try {
    return await Promise.race([given.promise, ...outcomes(over.signal)]);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

/** Resolves when `signal` aborts. */
export function waitForAbort(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
