import { type Identity } from '@httpd-express/bridge/messages';

import { type Obstacle, type FileSystemFacts, findReadObstacle, realFileSystem } from './access.ts';
import { type Account, type AccountDatabase, readAccounts } from './accounts.ts';
import {
  AppUnreadableError,
  NoAccountError,
  NotRootError,
  RootRefusedError,
  UnknownAccountError,
} from './errors.ts';

/** What `--user`, `--group` and `--httpd-user` say, and what the app's account must be able to read. */
export interface IdentityRequest {
  readonly euid: number;
  /** Absent means the process's own. */
  readonly egid?: number;
  readonly user?: string;
  readonly group?: string;
  readonly httpdUser?: string;
  /** The app's entry first, then the node executable and our own program files. Absolute paths that exist. */
  readonly entryPaths: readonly string[];
  readonly accounts?: AccountDatabase;
  readonly files?: FileSystemFacts;
}

/** The account of httpd's children, as its User and Group directives take it. */
export interface HttpdIdentity {
  readonly user: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
}

/** Who runs what. `notices` are sentences the person who starts should read. */
export interface Identities {
  readonly app: Identity;
  readonly httpd: HttpdIdentity;
  readonly notices: readonly string[];
}

/** Accounts that distributions run httpd as, the most specific first. */
const httpdAccounts = [
  'www-data',
  'apache',
  'httpd',
  'wwwrun',
  'http',
  'www',
  '_www',
  'daemon',
  'nobody',
] as const;

/**
 * Decides the accounts of httpd's children and of the app. Started as root, neither is root unless `--user root` says
 * so for the app; not as root, both are the account we already have.
 *
 * @throws {UnknownAccountError | RootRefusedError | NotRootError | NoAccountError | AppUnreadableError}
 */
export function resolveIdentity(request: IdentityRequest): Identities {
  const accounts = request.accounts ?? readAccounts();
  if (request.euid !== 0) return ownIdentity(request, accounts);
  const named =
    request.user === undefined
      ? undefined
      : inGroup(requireUser(accounts, '--user', request.user), request, accounts);
  const httpd = httpdAccount(request, accounts, named);
  const app = named === undefined ? appAccount(request, accounts) : requireReadable(request, named);
  return {
    app: toIdentity(app),
    httpd: { user: httpd.user, group: groupName(accounts, httpd.gid), uid: httpd.uid, gid: httpd.gid },
    notices: noticesOf(request, app),
  };
}

/** `account` with the group that `--group` names in place of its own. */
function inGroup(account: Account, { group }: IdentityRequest, accounts: AccountDatabase): Account {
  if (group === undefined) return account;
  const { gid } = requireGroup(accounts, group);
  return { ...account, gid, groups: [gid, ...account.groups.filter((other) => other !== account.gid)] };
}

function httpdAccount(
  request: IdentityRequest,
  accounts: AccountDatabase,
  named: Account | undefined,
): Account {
  if (request.httpdUser !== undefined) {
    const account = requireUser(accounts, '--httpd-user', request.httpdUser);
    if (account.uid === 0) throw new RootRefusedError(request.httpdUser);
    return account.uid === named?.uid ? named : account;
  }
  return named !== undefined && named.uid !== 0 ? named : distributionAccount(accounts);
}

function distributionAccount(accounts: AccountDatabase): Account {
  for (const name of httpdAccounts) {
    const account = accounts.findUser(name);
    if (account !== undefined && account.uid !== 0) return account;
  }
  throw new NoAccountError(httpdAccounts);
}

/** The owner of the app, or, where that is root or nobody we know, the first account without privileges that can read it. */
function appAccount(request: IdentityRequest, accounts: AccountDatabase): Account {
  const owner = ownerOf(request, accounts);
  if (owner !== undefined && owner.uid !== 0)
    return requireReadable(request, inGroup(owner, request, accounts));
  const first = inGroup(distributionAccount(accounts), request, accounts);
  const nobody = accounts.findUser('nobody');
  const candidates = nobody === undefined ? [first] : [first, inGroup(nobody, request, accounts)];
  return (
    candidates.find((account) => findUnreadable(request, account) === undefined) ??
    requireReadable(request, first)
  );
}

function ownerOf(
  { entryPaths, files = realFileSystem }: IdentityRequest,
  accounts: AccountDatabase,
): Account | undefined {
  const entry = entryPaths[0];
  return entry === undefined ? undefined : accounts.findUser(`#${files.stat(entry).uid}`);
}

function requireReadable(request: IdentityRequest, account: Account): Account {
  const unreadable = findUnreadable(request, account);
  if (unreadable !== undefined)
    throw new AppUnreadableError(account.user, unreadable.path, unreadable.obstacle);
  return account;
}

function findUnreadable({ entryPaths, files = realFileSystem }: IdentityRequest, account: Account) {
  for (const path of entryPaths) {
    const obstacle: Obstacle | undefined = findReadObstacle(account, path, files);
    if (obstacle !== undefined) return { path, obstacle };
  }
  return undefined;
}

function noticesOf(request: IdentityRequest, app: Account): string[] {
  if (app.uid === 0)
    return ['the app runs as root, as --user root asks: a hole in it is a hole in the whole machine'];
  return request.user === undefined
    ? [`started as root: the app runs as ${app.user}; choose with --user`]
    : [];
}

/** Not root: everything runs as we do, and the options may only say so. */
function ownIdentity(request: IdentityRequest, accounts: AccountDatabase): Identities {
  const { euid, egid = process.getegid?.() ?? 0 } = request;
  // Containers run under numbers that no file lists.
  const own = accounts.findUser(`#${euid}`) ?? {
    user: `#${euid}`,
    uid: euid,
    gid: egid,
    home: '/',
    groups: [egid],
  };
  for (const [option, name] of [
    ['--user', request.user],
    ['--httpd-user', request.httpdUser],
  ] as const) {
    if (name !== undefined && requireUser(accounts, option, name).uid !== euid)
      throw new NotRootError(option, name, own.user);
  }
  if (request.group !== undefined && requireGroup(accounts, request.group).gid !== egid) {
    throw new NotRootError('--group', request.group, `${own.user} in group ${groupName(accounts, egid)}`);
  }
  const httpd = { user: own.user, group: groupName(accounts, egid), uid: euid, gid: egid };
  return { app: toIdentity({ ...own, gid: egid }), httpd, notices: [] };
}

function requireUser(accounts: AccountDatabase, option: string, name: string): Account {
  const account = accounts.findUser(name);
  if (account === undefined) throw new UnknownAccountError('user', option, name);
  return account;
}

function requireGroup(accounts: AccountDatabase, name: string) {
  const group = accounts.findGroup(name);
  if (group === undefined) throw new UnknownAccountError('group', '--group', name);
  return group;
}

function groupName(accounts: AccountDatabase, gid: number): string {
  return accounts.findGroup(`#${gid}`)?.name ?? `#${gid}`;
}

function toIdentity({ user, uid, gid, home }: Account): Identity {
  return { user, uid, gid, home };
}
