import { readFileSync } from 'node:fs';

import { findOutputLine } from './spawn.ts';

/** A user of this machine, with every group it belongs to. */
export interface Account {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** `gid` first, then the supplementary groups. */
  readonly groups: readonly number[];
}

/** A group of this machine. */
export interface Group {
  readonly name: string;
  readonly gid: number;
}

/** Where accounts come from: the two files, and a look-up (`getent`) for what directories such as LDAP add. */
export interface AccountSources {
  readonly passwd: string;
  readonly group: string;
  readonly lookUp: (database: 'passwd' | 'group' | 'initgroups', key: string) => string | undefined;
}

/** Users and groups by name, or by number written `#1000` as httpd does. */
export class AccountDatabase {
  readonly #sources: AccountSources;

  constructor(sources: AccountSources) {
    this.#sources = sources;
  }

  findUser(nameOrNumber: string): Account | undefined {
    const entry = this.#find('passwd', nameOrNumber);
    if (entry === undefined) return undefined;
    const { name, id, fields, isLocal } = entry;
    const gid = Number(fields[3]);
    const groups = [...new Set([gid, ...this.#supplementaryGroups(name, isLocal)])];
    return { user: name, uid: id, gid, home: fields[5] ?? '/', groups };
  }

  findGroup(nameOrNumber: string): Group | undefined {
    const entry = this.#find('group', nameOrNumber);
    return entry && { name: entry.name, gid: entry.id };
  }

  #find(database: 'passwd' | 'group', nameOrNumber: string) {
    const number = /^#(\d+)$/.exec(nameOrNumber)?.[1];
    const key = number ?? nameOrNumber;
    const matches = ([name, , id]: readonly string[]) =>
      number === undefined ? name === key : Number(id) === Number(key);
    const local = linesOf(this.#sources[database]).map(toFields).find(matches);
    const fields = local ?? toFields(this.#sources.lookUp(database, key) ?? '');
    // getent takes `1000` for a number; without the # it was asked for as a name.
    if (!matches(fields) || !/^\d+$/.test(fields[2] ?? '')) return undefined;
    return { name: fields[0] ?? '', id: Number(fields[2]), fields, isLocal: local !== undefined };
  }

  #supplementaryGroups(user: string, isLocal: boolean): number[] {
    if (!isLocal) return (this.#sources.lookUp('initgroups', user) ?? '').split(/\s+/).slice(1).map(Number);
    return linesOf(this.#sources.group)
      .map(toFields)
      .filter((fields) => fields[3]?.split(',').includes(user))
      .map((fields) => Number(fields[2]));
  }
}

/** The accounts of this machine, read now. */
export function readAccounts(): AccountDatabase {
  return new AccountDatabase({
    passwd: readIfPresent('/etc/passwd'),
    group: readIfPresent('/etc/group'),
    lookUp: (database, key) => (key.startsWith('-') ? undefined : findOutputLine('getent', [database, key])),
  });
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''; // a minimal container
    throw error;
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function toFields(line: string): string[] {
  return line.split(':');
}
