import { InspectorClient } from './inspector-client.ts';

/**
 * Node's own flags for a worker: its inspector, once started, takes any free port of the loopback and tells its secret
 * address on stderr alone, not over HTTP where any account of the machine could ask.
 */
export const inspectorFlags = ['--inspect-port=127.0.0.1:0', '--inspect-publish-uid=stderr'];

/** The address a starting inspector prints. */
const address = /ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/;

/** A process whose event loop is stuck. */
export interface StuckProcess {
  kill(signal: NodeJS.Signals): unknown;
  /** Settles with the first match in what the process writes to stderr from now on. */
  nextOutput(pattern: RegExp): Promise<string>;
}

/**
 * What a stuck event loop is doing: its JavaScript stack, with the lines of the sources. SIGUSR1 starts Node's inspector
 * on a thread of its own, which stops the main thread between two instructions. Undefined when there is none within
 * `withinMs`: the main thread is inside native code, or the app has taken SIGUSR1 for itself.
 */
export async function takeStack(process: StuckProcess, withinMs: number): Promise<string | undefined> {
  const signal = AbortSignal.timeout(withinMs);
  const late = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve(undefined);
    });
  });
  const url = process.nextOutput(address);
  process.kill('SIGUSR1');
  return Promise.race([late, url.then(async (found) => readStack(found, signal)).catch(() => undefined)]);
}

async function readStack(url: string, signal: AbortSignal): Promise<string | undefined> {
  const client = await InspectorClient.connect(url, signal);
  try {
    await client.send('Debugger.enable');
    const paused = client.nextEvent('Debugger.paused');
    await client.send('Debugger.pause');
    const { callFrames } = (await paused) as { callFrames: { callFrameId: string }[] };
    // Evaluated inside the stuck frame, an error's stack is that of the frame, with source maps applied.
    const evaluated = (await client.send('Debugger.evaluateOnCallFrame', {
      callFrameId: callFrames[0]?.callFrameId,
      expression: `(() => { const limit = Error.stackTraceLimit; Error.stackTraceLimit = 50; try { return new Error().stack } finally { Error.stackTraceLimit = limit } })()`,
      returnByValue: true,
    })) as { result?: { value?: unknown } };
    const { value } = evaluated.result ?? {};
    return typeof value === 'string' ? cleanStack(value) : undefined;
  } finally {
    client.close();
  }
}

/** Without the line of the error itself and the frames of the evaluation. */
function cleanStack(stack: string): string {
  const frames = stack.split('\n').slice(1);
  return frames
    .filter((line) => !/eval at .*<anonymous>:1:|\(<anonymous>:1:|at eval \(/.test(line))
    .join('\n');
}
