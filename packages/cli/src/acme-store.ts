/** Makes the directory in which mod_md keeps its keys. */
import { chmod, chown, mkdir } from 'node:fs/promises';

import { findSearchObstacle, type Identities, type Undo } from '@httpd-express/supervisor';

import { PathError } from './errors.ts';

/**
 * Makes it, or sets mode and group of one that is there. mod_md runs in httpd's children, which pass through it; what they
 * may not see it closes itself. `undo` is told how to take back one that is made.
 *
 * @throws {PathError} ERR_CLI_PATH when httpd's children cannot reach it
 */
export async function prepareAcmeStore(
  store: string,
  httpd: Identities['httpd'] | undefined,
  undo: Undo,
): Promise<void> {
  const isNew = await mkdir(store, { mode: 0o700 }).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return false;
    },
  );
  if (isNew) undo.addDirectory(store);
  if (httpd === undefined) {
    if (isNew) return;
    await chmod(store, 0o700);
  } else {
    await chown(store, 0, httpd.gid);
    await chmod(store, 0o710);
    const obstacle = findSearchObstacle({ uid: httpd.uid, groups: [httpd.gid] }, `${store}/staging`);
    if (obstacle !== undefined)
      throw new PathError('--acme-store', store, `${httpd.user} cannot pass through ${obstacle.path}`);
  }
}
