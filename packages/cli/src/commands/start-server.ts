import { supervise } from '@httpd-express/supervisor';

import { releaseSignals } from '../first-process.ts';
import { type Invocation } from '../invocation.ts';
import { prepareServer, refreshServer, resolveServerSettings } from '../prepare-server.ts';
import { setupServer } from './setup-server.ts';

/** `express start-server`: prepares a server root and runs it until it is told to stop. */
export async function startServer(invocation: Invocation): Promise<number> {
  const resolved = await resolveServerSettings(invocation);
  if (resolved.settings.setupOnly) return setupServer(invocation);
  const { settings, lock } = await prepareServer(resolved, invocation.operands, 'start');
  const status = supervise(settings, {
    ...(lock && { lock }),
    // Without a file there is nothing that could have changed.
    ...(resolved.configPath !== undefined && {
      prepareReload: async () => {
        const wanted = await resolveServerSettings(invocation);
        await refreshServer(wanted, invocation.operands, { settings, written: resolved.written });
      },
    }),
  });
  releaseSignals();
  return status;
}
