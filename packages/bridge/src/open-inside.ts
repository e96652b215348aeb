import { type FileHandle, constants, open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

/** Why a file that the app named is not sent. */
export type OpenRefusal = 'outside' | 'missing';

/**
 * Opens a regular file that lies, symbolic links followed, below one of `roots` (absolute, real). The file is opened first
 * and its place looked at afterwards: a link that changes between the two cannot lead elsewhere.
 */
export async function openInside(roots: readonly string[], file: string): Promise<FileHandle | OpenRefusal> {
  if (!path.isAbsolute(file) || file.includes('\0')) return 'outside';
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK a named pipe would hold a thread until somebody writes to it.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return 'missing'; // or unreadable: the log has the path
  }
  const refusal = await judge(handle, roots, file);
  if (refusal === undefined) return handle;
  await handle.close();
  return refusal;
}

async function judge(
  handle: FileHandle,
  roots: readonly string[],
  file: string,
): Promise<OpenRefusal | undefined> {
  try {
    const place = await realpath(file);
    const [opened, found] = await Promise.all([handle.stat(), stat(place)]);
    if (opened.dev !== found.dev || opened.ino !== found.ino || !opened.isFile()) return 'missing';
    const isInside = roots.some((root) => place.startsWith(root === '/' ? '/' : `${root}/`));
    return isInside ? undefined : 'outside';
  } catch {
    return 'missing'; // it went away meanwhile
  }
}
