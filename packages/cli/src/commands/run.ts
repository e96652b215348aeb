import { configTest, openServerRoot, readSettings, supervise } from '@httpd-express/supervisor';

import { releaseSignals } from '../first-process.ts';
import { type Invocation } from '../invocation.ts';
import { requireServerRoot } from '../server-root-option.ts';

/** `express run --server-root DIR`, hidden: what `apachectl start` starts in the background. */
export async function run(invocation: Invocation): Promise<number> {
  const root = await openServerRoot(requireServerRoot(invocation));
  const settings = await readSettings(root.path);
  // What was included when it was set up may have changed.
  const status = supervise(settings, { prepareStart: () => configTest(settings) });
  releaseSignals();
  return status;
}
