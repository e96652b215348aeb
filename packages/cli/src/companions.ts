import { OptionConflictError } from './errors.ts';
import { parseFlags } from './option-spec.ts';
import { type ServerSettings, serverOptions } from './options.ts';
import { type ResolvedSettings } from './settings.ts';

const https = ['httpsPort', 'httpsSelfSigned'] as const;

/** Options that say nothing without another one: which of them does not matter. */
export const companions: readonly {
  readonly option: keyof ServerSettings;
  readonly needs: readonly (keyof ServerSettings)[];
}[] = [
  { option: 'trustProxyHeader', needs: ['trustProxy'] },
  { option: 'serverAlias', needs: ['serverName'] },
  { option: 'allowLocalhost', needs: ['serverName'] },
  { option: 'sslCertificate', needs: https },
  { option: 'sslCertificateFile', needs: https },
  { option: 'sslCertificateKeyFile', needs: ['sslCertificateFile'] },
  { option: 'sslCertificateChainFile', needs: https },
  { option: 'sslCaCertificateFile', needs: https },
  { option: 'sslVerifyClient', needs: ['sslCaCertificateFile'] },
  { option: 'sslVerifyDepth', needs: ['sslCaCertificateFile'] },
  { option: 'sslEnvironment', needs: https },
  { option: 'sslProtocol', needs: https },
  { option: 'sslCipherSuite', needs: https },
  { option: 'httpsOnly', needs: https },
  { option: 'hstsPolicy', needs: https },
  { option: 'authRealm', needs: ['authUserFile', 'authUserScript'] },
  { option: 'authGroupScript', needs: ['authUserScript'] },
  { option: 'authGroupScript', needs: ['authGroup'] },
  { option: 'authGroup', needs: ['authGroupScript'] },
  { option: 'acme', needs: ['httpsPort'] },
  { option: 'acme', needs: ['acmeContact'] },
  { option: 'acme', needs: ['acmeAgree'] },
  { option: 'acmeContact', needs: ['acme'] },
  { option: 'acmeAgree', needs: ['acme'] },
  { option: 'acmeDirectory', needs: ['acme'] },
  { option: 'acmeCaCertificateFile', needs: ['acme'] },
  { option: 'acmeStore', needs: ['acme'] },
  { option: 'spaExclude', needs: ['spa'] },
];

/**
 * Refuses options that stand alone.
 *
 * @throws {OptionConflictError} ERR_CLI_OPTION_CONFLICT
 */
export function requireCompanions({ settings, sources }: ResolvedSettings<typeof serverOptions>): void {
  for (const { option, needs } of companions)
    if (isGiven(settings[option]) && !needs.some((key) => isGiven(settings[key]))) {
      const names = needs.map((key) => `--${parseFlags(serverOptions[key]).name}`);
      throw new OptionConflictError(sources[option].name, `needs ${names.join(' or ')}`);
    }
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
