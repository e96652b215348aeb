import { type Obstacle, findReadObstacle } from './access.ts';
import { readAccounts } from './accounts.ts';

/**
 * What keeps an account from reading a file that exists, or undefined. By mode bits; access control lists are not looked
 * at.
 */
export function findObstacleOf(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  path: string,
): Obstacle | undefined {
  const groups = readAccounts().findUser(`#${uid}`)?.groups ?? [];
  return findReadObstacle({ uid, groups: [gid, ...groups] }, path);
}
