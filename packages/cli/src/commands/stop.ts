import { sendControl } from '@httpd-express/supervisor';

import { type Invocation } from '../invocation.ts';
import { findNamedRoot, findRunningRoot, ifRunning } from '../running-root.ts';

/** `express stop`: requests in flight finish within graceful-timeout. That nothing runs is no failure. */
export async function stop({ values }: Invocation): Promise<number> {
  const serverRoot = await findNamedRoot(values, process.env);
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
