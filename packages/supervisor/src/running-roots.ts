import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { isAnswering } from './control-client.ts';
import { defaultServerRoot, openServerRoot } from './server-root.ts';

/** Whose server roots to look for, and where; absent means ours, in the temporary directory. */
export interface RunningRootsOptions {
  readonly tmpdir?: string;
  readonly uid?: number;
}

/** Finds the server roots with default names whose supervisor runs, in the order of their names. Others' are left alone. */
export async function findRunningServerRoots(options: RunningRootsOptions = {}): Promise<string[]> {
  const { uid = process.geteuid?.() ?? 0, ...where } = options;
  // HOST:PORT is what differs: the default name itself says where it stands in the others.
  const pattern = defaultServerRoot({ ...where, host: '*', port: 0, uid });
  const [prefix = '', suffix = ''] = basename(pattern).split('*:0');
  const directory = dirname(pattern);
  const names = await readdir(directory).catch(() => []); // nothing can run in a directory that is not there
  const candidates = names.filter((name) => name.startsWith(prefix) && name.endsWith(suffix)).sort();
  const running = await Promise.all(candidates.map((name) => isRunning(join(directory, name))));
  return candidates.filter((_, index) => running[index]).map((name) => join(directory, name));
}

/** A name that anybody can take under a shared directory says nothing: the directory must be ours as well. */
async function isRunning(path: string): Promise<boolean> {
  return openServerRoot(path).then(
    () => isAnswering(path),
    () => false,
  );
}
