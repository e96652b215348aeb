import path from 'node:path';

import {
  AppUnreadableError,
  type Identities,
  NotRootError,
  UnknownAccountError,
  resolveIdentity,
} from '@httpd-express/supervisor';

import { OptionValueError, PathError } from './errors.ts';
import { type FoundApp } from './find-app.ts';
import { type ServerSettings } from './options.ts';
import { cliPath } from './program-files.ts';

/** Who runs what, and where the app starts. */
export interface Accounts extends Identities {
  readonly workingDirectory: string;
}

/**
 * Decides the accounts. As root, the current directory is often closed to the account of the app (`/root`): unless it
 * was named, the app then starts in its own directory instead.
 *
 * @throws coded errors of the supervisor's `resolveIdentity`
 */
export function chooseAccounts(
  settings: ServerSettings,
  { app }: FoundApp,
  current: { readonly euid: number; readonly cwd: string },
): Accounts {
  const choose = (workingDirectory: string) => resolve(settings, app, current.euid, workingDirectory);
  if (settings.workingDirectory !== undefined) return choose(settings.workingDirectory);
  requirePrintable(current.cwd);
  try {
    return choose(current.cwd);
  } catch (error) {
    const own = app === undefined ? undefined : ownDirectories[app.kind](app.entry);
    if (own === undefined || !(error instanceof AppUnreadableError)) throw error;
    return choose(own);
  }
}

/** It is written into files of lines; a named one was checked with the other options. */
function requirePrintable(cwd: string): void {
  if (!/[\x00-\x1f\x7f]/.test(cwd)) return;
  throw new PathError(
    'the current directory',
    cwd,
    'expected a path without line breaks and control characters',
    'start the app elsewhere with --working-directory',
  );
}

type App = NonNullable<FoundApp['app']>;

/** Where an app starts that cannot start in the current directory; a module is found from there, so it has no other. */
const ownDirectories: Readonly<Record<App['kind'], (entry: string) => string | undefined>> = {
  script: (entry) => path.dirname(entry),
  module: () => undefined,
  config: (entry) => path.dirname(entry),
  splash: () => path.dirname(cliPath),
  access: (entry) => path.dirname(entry),
};

function resolve(
  settings: ServerSettings,
  app: App | undefined,
  euid: number,
  workingDirectory: string,
): Accounts {
  const { user, group, httpdUser, nodeExecutable = process.execPath, envFile } = settings;
  const identities = resolveIdentity({
    euid,
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
    ...(httpdUser !== undefined && { httpdUser }),
    entryPaths:
      app === undefined
        ? []
        : [
            ...(app.kind === 'script' || app.kind === 'config' ? [app.entry] : []),
            workingDirectory,
            cliPath,
            nodeExecutable,
            ...envFile,
          ],
  });
  return {
    ...identities,
    httpd: inHttpdGroup(identities.httpd, settings.httpdGroup, euid),
    workingDirectory,
    notices: app === undefined ? [] : identities.notices,
  };
}

/** httpd's account in the group that `--httpd-group` names in place of its own: resolved as any account in a group is. */
function inHttpdGroup(
  httpd: Identities['httpd'],
  group: string | undefined,
  euid: number,
): Identities['httpd'] {
  if (group === undefined) return httpd;
  const { gid } = resolveGroup(httpd.user, group, euid);
  if (euid === 0 && gid === 0)
    throw new OptionValueError(`--httpd-group ${group}`, 'a group without privileges, not that of root');
  return { ...httpd, group, gid };
}

function resolveGroup(user: string, group: string, euid: number): Identities['app'] {
  try {
    return resolveIdentity({ euid, ...(euid === 0 && { user }), group, entryPaths: [] }).app;
  } catch (error) {
    const expected =
      error instanceof UnknownAccountError
        ? 'a group of this machine'
        : error instanceof NotRootError
          ? 'our own group, because only root can become another'
          : undefined;
    if (expected === undefined) throw error;
    throw new OptionValueError(`--httpd-group ${group}`, expected);
  }
}
