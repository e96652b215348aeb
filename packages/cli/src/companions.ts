import { OptionConflictError } from './errors.ts';
import { parseFlags } from './option-spec.ts';
import { type ServerSettings, serverOptions } from './options.ts';
import { type ResolvedSettings } from './settings.ts';

/** Options that say nothing without another one. */
const companions: readonly { readonly option: keyof ServerSettings; readonly needs: keyof ServerSettings }[] =
  [{ option: 'trustProxyHeader', needs: 'trustProxy' }];

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
