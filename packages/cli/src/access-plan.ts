/** Options → who is let in. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { findObstacleOf, type Identities, type SupervisorSettings } from '@httpd-express/supervisor';

import { OptionConflictError, PathError, showValue } from './errors.ts';
import { type FoundApp } from './find-app.ts';
import { type ServerSettings, type serverOptions } from './options.ts';
import { requireFile } from './require-path.ts';
import { type UrlAlias } from './served-paths.ts';
import { type ResolvedSettings } from './settings.ts';

/** What was found out about access. */
export type AccessPlan =
  | { readonly kind: 'file'; readonly realm: string; readonly userFile: string }
  | { readonly kind: 'scripts'; readonly scripts: AccessScripts };

type AccessScripts = NonNullable<NonNullable<SupervisorSettings['bridge']>['app']['access']>;

const scriptOptions = [
  'hostAccessScript',
  'authUserScript',
  'authGroupScript',
] as const satisfies (keyof ServerSettings)[];

export function usesAccessScripts(settings: ServerSettings): boolean {
  return scriptOptions.some((key) => settings[key] !== undefined);
}

/** What files are served from, and who runs what when root starts it. */
interface Surroundings {
  readonly found: FoundApp;
  readonly urlAliases: readonly UrlAlias[];
  readonly accounts: Pick<Identities, 'app' | 'httpd'> | undefined;
}

/**
 * Looks at the options about access before anything is written; undefined where everybody is let in.
 *
 * @throws {PathError} ERR_CLI_PATH
 * @throws {OptionConflictError} ERR_CLI_OPTION_CONFLICT
 */
export function planAccess(
  resolved: ResolvedSettings<typeof serverOptions>,
  surroundings: Surroundings,
): AccessPlan | undefined {
  const { settings, sources } = resolved;
  const usesScripts = usesAccessScripts(settings);
  if (settings.authUserFile !== undefined)
    requireFile(sources.authUserFile.name, settings.authUserFile, {
      missing: `htpasswd -cB ${settings.authUserFile} USER makes one`,
    });
  if (usesScripts && settings.authUserFile !== undefined)
    throw new OptionConflictError(
      `${sources.authUserFile.name} ${showValue(settings.authUserFile)}`,
      'stands alone: with scripts, --auth-user-script is what checks passwords',
    );
  if (usesScripts) return planScripts(resolved, surroundings.accounts);
  return settings.authUserFile === undefined
    ? undefined
    : planUserFile(resolved, settings.authUserFile, surroundings);
}

function planScripts(
  { settings, sources }: ResolvedSettings<typeof serverOptions>,
  accounts: Surroundings['accounts'],
): AccessPlan {
  for (const key of scriptOptions) {
    const file = settings[key];
    if (file === undefined) continue;
    requireFile(sources[key].name, file);
    requireReadableBy(accounts?.app, 'the account of the app', sources[key].name, file);
  }
  const { hostAccessScript, authUserScript, authGroupScript, authGroup } = settings;
  return {
    kind: 'scripts',
    scripts: {
      ...(hostAccessScript !== undefined && { hostScript: hostAccessScript }),
      ...(authUserScript !== undefined && { userScript: authUserScript }),
      ...(authGroupScript !== undefined && { groupScript: authGroupScript }),
      groups: authGroup,
      realm: realmOf(settings),
    },
  };
}

function planUserFile(
  { settings, sources }: ResolvedSettings<typeof serverOptions>,
  userFile: string,
  { found, urlAliases, accounts }: Surroundings,
): AccessPlan {
  const given = sources.authUserFile.name;
  requireReadableBy(accounts?.httpd, "the account of httpd's children", given, userFile);
  requireUserLines(given, userFile);
  requireNotServed(given, userFile, [
    found.documentRoot ?? settings.documentRoot,
    ...urlAliases.map((alias) => alias.path),
  ]);
  return { kind: 'file', realm: realmOf(settings), userFile };
}

/** As mod_wsgi-express has it. */
function realmOf({ authRealm, host = 'localhost', port }: ServerSettings): string {
  return authRealm ?? `${host}:${port}`;
}

/** Every request would be answered 500, or the server would not start. */
function requireReadableBy(
  account: Pick<Identities['httpd'], 'user' | 'uid' | 'gid'> | undefined,
  role: string,
  given: string,
  file: string,
): void {
  const obstacle = account && findObstacleOf(account, file);
  if (account === undefined || obstacle === undefined) return;
  throw new PathError(
    given,
    file,
    `${account.user}, ${role}, may not read it: ${obstacle.path} has ${obstacle.facts}`,
    `give it to the group of that account: chgrp GROUP ${file} && chmod 640 ${file}`,
  );
}

/** Any other file lets nobody in, without a word. */
function requireUserLines(given: string, file: string): void {
  const lines = readFileSync(file, 'latin1').split('\n');
  const entries = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (entries.length > 0 && entries.every((line) => /^[^:]+:./.test(line))) return;
  throw new PathError(given, file, 'expected lines of USER:HASH, as htpasswd writes them');
}

/** Whoever is let in could take the hashes of all the others. */
function requireNotServed(given: string, file: string, places: readonly (string | undefined)[]): void {
  const place = places.find(
    (each) => each !== undefined && (file === each || file.startsWith(path.join(each, '/'))),
  );
  if (place !== undefined)
    throw new OptionConflictError(
      `${given} ${showValue(file)}`,
      `is served to clients, below ${place}; keep it elsewhere`,
    );
}
