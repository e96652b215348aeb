import { stat } from 'node:fs/promises';

/** What a watch looks at, how often, and whom it tells. */
export interface FileWatchOptions {
  /** The files of the moment; those that appear are taken as they are. */
  readonly files: () => Iterable<string>;
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

  /** Takes the files as they are now, then looks again and again. */
  async start(): Promise<void> {
    await this.#look();
    this.#changed.clear();
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
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
      const now = await describe(file);
      const before = this.#seen.get(file);
      this.#seen.set(file, now);
      if (before === undefined || before === now) continue;
      hasChanged = true;
      this.#changed.add(file);
    }
    return hasChanged;
  }
}

/** A file that is being replaced is gone for a moment: that is a state like any other. */
async function describe(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'absent';
  }
}
