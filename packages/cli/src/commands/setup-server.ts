import { renderBanner } from '../banner.ts';
import { type Invocation } from '../invocation.ts';
import { prepareServer, resolveServerSettings } from '../prepare-server.ts';

/** `express setup-server`: writes and checks a server root, says where its control script is, and starts nothing. */
export async function setupServer(invocation: Invocation): Promise<number> {
  const { settings, banner } = await prepareServer(
    await resolveServerSettings(invocation),
    invocation.operands,
    'setup',
  );
  const controlFiles = { envvars: `${settings.serverRoot}/envvars`, apachectl: settings.apachectlPath };
  process.stdout.write(renderBanner({ ...banner, controlFiles }));
  return 0;
}
