/** Options → who is let in. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { findObstacleOf, type Identities } from '@httpd-express/supervisor';
import { type AccessInput } from '@httpd-express/templates';

import { OptionConflictError, PathError } from './errors.ts';
import { type FoundApp } from './find-app.ts';
import { type ServerSettings, type serverOptions } from './options.ts';
import { requireFile } from './require-path.ts';
import { type UrlAlias } from './served-paths.ts';
import { type ResolvedSettings } from './settings.ts';

/** What was found out about access. */
export type AccessPlan = AccessInput;

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
  { settings, sources }: ResolvedSettings<typeof serverOptions>,
  { found, urlAliases, accounts }: Surroundings,
): AccessPlan | undefined {
  const { authUserFile: userFile } = settings;
  if (userFile === undefined) return undefined;
  const given = sources.authUserFile.name;
  requireFile(given, userFile, { missing: `htpasswd -cB ${userFile} USER makes one` });
  requireReadableBy(accounts?.httpd, given, userFile);
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

/** httpd would answer every request with 500. */
function requireReadableBy(account: Identities['httpd'] | undefined, given: string, file: string): void {
  const obstacle = account && findObstacleOf(account, file);
  if (account === undefined || obstacle === undefined) return;
  throw new PathError(
    given,
    file,
    `${account.user}, the account of httpd's children, may not read it: ${obstacle.path} has ${obstacle.facts}`,
    `chgrp ${account.group} ${file} && chmod 640 ${file}, or --httpd-user`,
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
      `${given} ${file}`,
      `is served to clients, below ${place}; keep it elsewhere`,
    );
}
