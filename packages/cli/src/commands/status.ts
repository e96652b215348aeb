import { sendControl } from '@httpd-express/supervisor';

import { describeStatus } from '../describe-status.ts';
import { type Invocation } from '../invocation.ts';
import { statusOptions } from '../options.ts';
import { findNamedRoot, findRunningRoot, ifRunning } from '../running-root.ts';
import { resolveSettings } from '../settings.ts';

/** LSB: a status command exits with 3 when the program is not running. */
export const EXIT_NOT_RUNNING = 3;

/** `express status`: what runs and how it is; 0 when it runs, 3 when nothing does. */
export async function status({ values }: Invocation): Promise<number> {
  const { json } = resolveSettings(statusOptions, { values, env: process.env }).settings;
  const serverRoot = await findNamedRoot(values, process.env);
  return ifRunning(
    async () => {
      const reply = await sendControl(await findRunningRoot(serverRoot), 'status');
      if (reply.status === undefined) throw new Error('a status without a status. This is a bug.');
      process.stdout.write(json ? toJson(reply.status) : describeStatus(reply.status));
      return 0;
    },
    (reason) => {
      process.stdout.write(json ? toJson({ state: 'stopped', reason }) : `${reason}\n`);
      return EXIT_NOT_RUNNING;
    },
  );
}

function toJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
