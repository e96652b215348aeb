import { openServerRoot, readSettings, supervise } from '@httpd-express/supervisor';

import { releaseSignals } from '../first-process.ts';
import { type Invocation } from '../invocation.ts';
import { requireServerRoot } from '../server-root-option.ts';

/** `express run --server-root DIR`, hidden: what `apachectl start` starts in the background. */
export async function run(invocation: Invocation): Promise<number> {
  const root = await openServerRoot(requireServerRoot(invocation));
  const status = supervise(await readSettings(root.path));
  releaseSignals();
  return status;
}
