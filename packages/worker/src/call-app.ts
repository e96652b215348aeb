/**
 * Calls `run`, in which the app runs. What it throws ends the process, unless the app listens for it: then it reaches
 * these listeners, as under plain Node, and not the connection, on which other requests are.
 */
export function callApp(run: () => void): void {
  try {
    run();
  } catch (error) {
    throwToListeners(error);
  }
}

function throwToListeners(error: unknown): void {
  if (process.listenerCount('uncaughtException') === 0 && !process.hasUncaughtExceptionCaptureCallback())
    throw error;
  process.nextTick(() => {
    throw error;
  });
}
