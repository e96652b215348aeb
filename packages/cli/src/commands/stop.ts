import { sendControl } from '@httpd-express/supervisor';

import { type Invocation } from '../invocation.ts';
import { runningRootOptions } from '../options.ts';
import { findRunningRoot, ifRunning } from '../running-root.ts';
import { resolveSettings } from '../settings.ts';

/** `express stop`: requests in flight finish within graceful-timeout. That nothing runs is no failure. */
export async function stop({ values }: Invocation): Promise<number> {
  const { serverRoot } = resolveSettings(runningRootOptions, { values, env: process.env }).settings;
  return ifRunning(
    async () => stopIn(await findRunningRoot(serverRoot)),
    (reason) => {
      process.stdout.write(`${reason}\n`);
      return 0;
    },
  );
}

async function stopIn(serverRoot: string): Promise<number> {
  await sendControl(serverRoot, 'stop');
  process.stdout.write(`stopped in ${serverRoot}\n`);
  return 0;
}
