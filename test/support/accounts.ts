import { spawnSync } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';

import { expressPath } from './express-command.ts';

/** A user of this machine. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export const isRoot = process.geteuid?.() === 0;

/** The user of that name, or undefined where there is none. */
export function findAccount(name: string): Account | undefined {
  const [, , uid, gid] =
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .find(([user]) => user === name) ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

const nobody = findAccount('nobody');

/** Why commands cannot be run without privileges here; undefined when they can. */
export const noUnprivileged = ((): string | undefined => {
  if (!isRoot) return undefined;
  if (nobody === undefined) return 'there is no account nobody';
  const { status } = spawnSync(process.execPath, [expressPath, '--version'], { ...nobody, cwd: '/' });
  return status === 0 ? undefined : `nobody cannot run ${process.execPath} ${expressPath}`;
})();

/** What makes a command run without privileges: as `nobody` when we are root, as ourselves otherwise. */
export const unprivileged = isRoot && nobody !== undefined ? { account: nobody } : {};

/** Gives a directory to the account of {@link unprivileged}. */
export function giveAway(directory: string): string {
  if (unprivileged.account !== undefined)
    chownSync(directory, unprivileged.account.uid, unprivileged.account.gid);
  return directory;
}
