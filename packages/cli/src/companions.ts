import { OptionConflictError } from './errors.ts';
import { parseFlags } from './option-spec.ts';
import { type ServerSettings, serverOptions } from './options.ts';
import { type ResolvedSettings } from './settings.ts';

/** Options that say nothing without another one. */
const companions: readonly { readonly option: keyof ServerSettings; readonly needs: keyof ServerSettings }[] =
  [
    { option: 'trustProxyHeader', needs: 'trustProxy' },
    { option: 'serverAlias', needs: 'serverName' },
    { option: 'allowLocalhost', needs: 'serverName' },
    { option: 'sslCertificate', needs: 'httpsPort' },
    { option: 'sslCertificateFile', needs: 'httpsPort' },
    { option: 'sslCertificateKeyFile', needs: 'sslCertificateFile' },
    { option: 'sslCertificateChainFile', needs: 'httpsPort' },
    { option: 'sslCaCertificateFile', needs: 'httpsPort' },
    { option: 'sslVerifyClient', needs: 'sslCaCertificateFile' },
    { option: 'sslVerifyDepth', needs: 'sslCaCertificateFile' },
    { option: 'sslEnvironment', needs: 'httpsPort' },
    { option: 'sslProtocol', needs: 'httpsPort' },
    { option: 'sslCipherSuite', needs: 'httpsPort' },
    { option: 'httpsOnly', needs: 'httpsPort' },
    { option: 'hstsPolicy', needs: 'httpsPort' },
    { option: 'spaExclude', needs: 'spa' },
  ];

/**
 * Refuses options that stand alone.
 *
 * @throws {OptionConflictError} ERR_CLI_OPTION_CONFLICT
 */
export function requireCompanions({ settings, sources }: ResolvedSettings<typeof serverOptions>): void {
  for (const { option, needs } of companions)
    if (isGiven(settings[option]) && !isGiven(settings[needs]))
      throw new OptionConflictError(sources[option].name, `needs --${parseFlags(serverOptions[needs]).name}`);
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
