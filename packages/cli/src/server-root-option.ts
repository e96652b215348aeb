import { OptionConflictError } from './errors.ts';
import { type Invocation } from './invocation.ts';
import { controlOptions } from './options.ts';
import { resolveSettings } from './settings.ts';

/** The server root a hidden command works on. @throws {OptionConflictError} ERR_CLI_OPTION_CONFLICT when none is named */
export function requireServerRoot({ values }: Pick<Invocation, 'values'>): string {
  const { serverRoot } = resolveSettings(controlOptions, { values, env: process.env }).settings;
  if (serverRoot === undefined) throw new OptionConflictError('this command', 'needs --server-root DIR');
  return serverRoot;
}
