/** Options → the services the supervisor keeps running. */
import { existsSync } from 'node:fs';
import path from 'node:path';

import { type Identities, type ServiceSettings, resolveIdentity } from '@httpd-express/supervisor';

import { OptionConflictError } from './errors.ts';
import { type serverOptions } from './options.ts';
import { requireDirectory, requireFile } from './require-path.ts';
import { type ResolvedSettings } from './settings.ts';

/** A service without what all of them have in common. */
export interface PlannedService {
  readonly name: string;
  readonly file: string;
  /** What compiles TypeScript for a program that Node runs with `--import`. */
  readonly loaderUrl?: string;
  readonly logPath?: string;
  /** Set when started as root. */
  readonly identity?: NonNullable<ServiceSettings['identity']>;
}

/**
 * Looks at the services before anything is written. `accounts` are set when started as root.
 *
 * @throws {OptionConflictError} ERR_CLI_OPTION_CONFLICT for two of a name, and for options of a service that there is not
 * @throws {PathError} and what `resolveIdentity` throws
 */
export function planServices(
  { settings, sources }: ResolvedSettings<typeof serverOptions>,
  accounts: Pick<Identities, 'app'> | undefined,
): PlannedService[] {
  const names = settings.serviceScript.map(([name]) => name);
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin !== undefined)
    throw new OptionConflictError(`${sources.serviceScript.name} ${twin}`, 'names two services alike');
  const find = (key: 'serviceUser' | 'serviceGroup' | 'serviceLogFile', service: string) =>
    settings[key].findLast(([name]) => name === service)?.[1];
  for (const key of ['serviceUser', 'serviceGroup', 'serviceLogFile'] as const)
    for (const [name] of settings[key])
      if (!names.includes(name))
        throw new OptionConflictError(`${sources[key].name} ${name}`, `needs --service-script ${name} FILE`);
  return settings.serviceScript.map(([name, file]) => {
    requireFile(`${sources.serviceScript.name} ${name}`, file);
    const logPath = find('serviceLogFile', name);
    if (logPath !== undefined) requireLogPlace(`${sources.serviceLogFile.name} ${name}`, logPath);
    const named = { user: find('serviceUser', name), group: find('serviceGroup', name) };
    const identity = chooseIdentity(file, named, accounts);
    const isTypeScript = /\.([cm]?ts|tsx)$/.test(file);
    return {
      name,
      file,
      ...(isTypeScript && { loaderUrl: import.meta.resolve('tsx') }),
      ...(logPath !== undefined && { logPath }),
      ...(identity && { identity }),
    };
  });
}

/** It is made when it is not there. */
function requireLogPlace(given: string, logPath: string): void {
  if (existsSync(logPath)) requireFile(given, logPath);
  else requireDirectory(given, path.dirname(logPath));
}

/** Not as root, the options may only say who we are already; `resolveIdentity` refuses anything else. */
function chooseIdentity(
  file: string,
  { user, group }: { readonly user: string | undefined; readonly group: string | undefined },
  accounts: Pick<Identities, 'app'> | undefined,
): PlannedService['identity'] {
  const { app } = resolveIdentity({
    euid: process.geteuid?.() ?? 0,
    ...(user !== undefined ? { user } : accounts && { user: accounts.app.user }),
    ...(group !== undefined && { group }),
    entryPaths: [file, process.execPath],
  });
  return accounts && app;
}
