import { IdentityError } from './errors.ts';
import { type Identity } from './messages.ts';

/** Exists on every POSIX system; @types/node leaves it out. */
const posix = process as typeof process & {
  initgroups(user: string | number, extraGroup: string | number): void;
};

/**
 * Makes this process `identity` for good: supplementary groups, group, then user, and checks that each change held
 * and that there is no way back (CVE-2014-8583 and CVE-2014-0240 of mod_wsgi: a drop whose result went unchecked).
 *
 * @throws {IdentityError} ERR_BRIDGE_IDENTITY
 */
export function becomeIdentity(identity: Identity): void {
  const { user, uid, gid } = identity;
  if (uid === 0) return; // `--user root`, asked for by name and warned about
  try {
    posix.initgroups(user, gid);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (error) {
    throw new IdentityError(user, uid, (error as Error).message, error);
  }
  const found = problem(identity);
  if (found !== undefined) throw new IdentityError(user, uid, found);
}

function problem({ uid, gid }: Identity): string | undefined {
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid)
    return `the user is still ${process.geteuid?.()}`;
  if (process.getgid?.() !== gid || process.getegid?.() !== gid)
    return `the group is still ${process.getegid?.()}`;
  if (gid !== 0 && process.getgroups?.().includes(0)) return 'the group root was kept';
  return canReturnToRoot() ? 'it could become root again' : undefined;
}

function canReturnToRoot(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    return false; // EPERM is what a drop that held answers
  }
}
