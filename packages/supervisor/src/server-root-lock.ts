import { closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';

import { requireNotRunning } from './control-client.ts';
import { SupervisorRunningError } from './errors.ts';
import { lockDescriptor } from './spawn.ts';

/**
 * Keeps other supervisors out of a server root, from before its files are written until nothing runs any more. It lies on
 * the directory itself, and the kernel lifts it when this process ends, however that happens.
 */
export class ServerRootLock {
  readonly #serverRoot: string;
  #fd: number | undefined;

  constructor(serverRoot: string) {
    this.#serverRoot = serverRoot;
  }

  /**
   * Takes it, unless it is taken by us already. A directory that is missing, or that we cannot look into, is not locked:
   * what is wrong with it is for others to say.
   *
   * @throws {SupervisorRunningError} ERR_SUPERVISOR_RUNNING, with the pid when it says so
   */
  async take(): Promise<void> {
    if (this.#fd !== undefined) return;
    const fd = openDirectory(this.#serverRoot);
    if (fd === undefined) return;
    // A start that failed may have removed the directory that we opened.
    if (lockDescriptor(fd) && isSame(fd, this.#serverRoot)) {
      this.#fd = fd;
      return;
    }
    closeSync(fd);
    await requireNotRunning(this.#serverRoot);
    throw new SupervisorRunningError(this.#serverRoot, undefined);
  }

  /** Lets the next one in. */
  release(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

function openDirectory(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch {
    return undefined; // missing, closed to us, or no directory
  }
}

function isSame(fd: number, path: string): boolean {
  const [opened, there] = [fstatSync(fd), lstatSync(path, { throwIfNoEntry: false })];
  return opened.ino === there?.ino && opened.dev === there.dev;
}
