import { stat } from 'node:fs/promises';

/** What a watch looks at, how often, and whom it tells. */
export interface FileWatchOptions {
  /** The files of the moment. */
  readonly files: () => Iterable<string>;
  /** Wall clock, milliseconds: a file that is looked at for the first time has changed if it is younger. */
  readonly since: () => number;
  readonly intervalMs: number;
  /** Called with the changed files once they have been still for an interval: a deploy is many writes. */
  readonly onChange: (files: readonly string[]) => void;
}

/**
 * Looks at files by time and size. Polling, because it sees what happens on network and container file systems, through
 * renames and links, where events are lost.
 */
export class FileWatch {
  readonly #options: FileWatchOptions;
  readonly #seen = new Map<string, string>();
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FileWatchOptions) {
    this.#options = options;
  }

  /** Looks from now on. */
  start(): void {
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** What has changed until now is known already, and not reported. */
  async forget(): Promise<void> {
    await this.#look();
    this.#changed.clear();
  }

  #arm(): void {
    this.#timer = setTimeout(() => void this.#turn(), this.#options.intervalMs);
  }

  async #turn(): Promise<void> {
    const isStill = !(await this.#look());
    if (this.#timer === undefined) return; // stopped meanwhile
    if (isStill && this.#changed.size > 0) {
      const changed = [...this.#changed];
      this.#changed.clear();
      this.#options.onChange(changed);
    }
    this.#arm();
  }

  /** Returns whether anything has changed since the last look. */
  async #look(): Promise<boolean> {
    let hasChanged = false;
    for (const file of new Set(this.#options.files())) {
      const { mtimeMs, state } = await describe(file);
      const before = this.#seen.get(file);
      this.#seen.set(file, state);
      const isSame = before === undefined ? mtimeMs <= this.#options.since() : before === state;
      if (isSame) continue;
      hasChanged = true;
      this.#changed.add(file);
    }
    return hasChanged;
  }
}

/** A file that is being replaced is gone for a moment: that is a state like any other. */
async function describe(file: string): Promise<{ mtimeMs: number; state: string }> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return { mtimeMs, state: `${mtimeMs} ${size} ${ino}` };
  } catch {
    return { mtimeMs: 0, state: 'absent' };
  }
}
