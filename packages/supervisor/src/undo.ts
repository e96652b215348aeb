import { rmdir } from 'node:fs/promises';

import { removeIfPresent } from './write-files.ts';

/** Takes back what a set-up that fails has made; what was there before, and what others have put there, stays. */
export class Undo {
  readonly #steps: (() => Promise<unknown>)[] = [];

  /** Adds a step, which is done before those that were added earlier. */
  add(step: () => Promise<unknown>): void {
    this.#steps.unshift(step);
  }

  /** Is to remove a file or link that was not there before. */
  addFile(path: string): void {
    this.add(() => removeIfPresent(path));
  }

  /** Is to remove a directory that was not there before, unless something is in it then. */
  addDirectory(path: string): void {
    this.add(() => rmdir(path));
  }

  /** Takes everything back that can be. Never rejects: why the set-up failed is what is to be reported. */
  async run(): Promise<void> {
    for (const step of this.#steps.splice(0)) await step().catch(() => undefined);
  }
}
