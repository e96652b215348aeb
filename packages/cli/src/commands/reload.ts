import { sendControl } from '@httpd-express/supervisor';

import { type Invocation } from '../invocation.ts';
import { findNamedRoot, findRunningRoot } from '../running-root.ts';

/** `express reload`: new workers with the app as it is on disk now. Fails with the app's own error when that does not start. */
export async function reload({ values }: Invocation): Promise<number> {
  const serverRoot = await findNamedRoot(values, process.env);
  const { status } = await sendControl(await findRunningRoot(serverRoot), 'roll');
  process.stdout.write(
    status?.bridge === undefined
      ? 'only files are served: there is nothing to reload\n'
      : `generation ${status.bridge.details?.generation ?? 'unknown'} serves\n`,
  );
  return 0;
}
