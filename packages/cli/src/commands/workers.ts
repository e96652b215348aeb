import { sendControl } from '@httpd-express/supervisor';

import { describeWorkers } from '../describe-status.ts';
import { type Invocation } from '../invocation.ts';
import { workersOptions } from '../options.ts';
import { findNamedRoot, findRunningRoot } from '../running-root.ts';
import { resolveSettings } from '../settings.ts';

/** `express workers`: a line for each, or with `--restart` a new one in the place of one. */
export async function workers({ values }: Invocation): Promise<number> {
  const { restart } = resolveSettings(workersOptions, { values, env: process.env }).settings;
  const serverRoot = await findNamedRoot(values, process.env);
  const root = await findRunningRoot(serverRoot);
  if (restart === undefined) {
    const { status } = await sendControl(root, 'status');
    process.stdout.write(describeWorkers(status?.bridge));
  } else {
    await sendControl(root, { command: 'roll', worker: restart });
    process.stdout.write(`worker ${restart} was replaced\n`);
  }
  return 0;
}
