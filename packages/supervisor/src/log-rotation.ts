import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';

import { type ErrorLog } from './error-log.ts';

/** Which logs are rotated by us, when, and how many files of each are kept, the current one included. */
export interface LogRotationSettings {
  readonly paths: readonly string[];
  readonly maxBytes: number;
  readonly maxFiles: number;
}

const CHECK_MS = 1000;
const COPY_BYTES = 256 * 1024;

/**
 * Rotates logs that several processes have open for appending: the file is copied to `.1` and emptied, and its writers
 * notice nothing. A line that is written between the last byte copied and the cut, some microseconds later, is lost.
 */
export class LogRotation {
  readonly #settings: LogRotationSettings;
  readonly #log: ErrorLog;
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;

  constructor(settings: LogRotationSettings, log: ErrorLog) {
    this.#settings = settings;
    this.#log = log;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#check(), CHECK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (const path of this.#settings.paths) await rotateLog(path, this.#settings);
    } catch (error) {
      // A full disk, most likely: trying every second would fill the log with that.
      this.stop();
      this.#log.log('error', `logs are not rotated any more: ${(error as Error).message}`);
    } finally {
      this.#isBusy = false;
    }
  }
}

/** Rotates one log if it is larger than allowed; anything but a plain file is left alone. */
export async function rotateLog(
  path: string,
  { maxBytes, maxFiles }: Pick<LogRotationSettings, 'maxBytes' | 'maxFiles'>,
): Promise<void> {
  const found = await lstat(path).catch(ignoreMissing);
  if (found?.isFile() !== true || found.size < maxBytes) return;
  await rm(`${path}.${maxFiles - 1}`, { force: true });
  for (let number = maxFiles - 2; number > 0; number -= 1)
    await rename(`${path}.${number}`, `${path}.${number + 1}`).catch(ignoreMissing);
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR, O_WRONLY } = constants;
  const log = await open(path, O_RDWR | O_NOFOLLOW);
  try {
    const copy = await open(`${path}.1`, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, found.mode & 0o777);
    try {
      await copyAll(log, copy);
      await log.truncate(0);
    } finally {
      await copy.close();
    }
  } finally {
    await log.close();
  }
}

/** Until nothing more has come. */
async function copyAll(from: FileHandle, to: FileHandle): Promise<void> {
  const buffer = Buffer.alloc(COPY_BYTES);
  for (let position = 0; ;) {
    const { bytesRead } = await from.read({ buffer, position });
    if (bytesRead === 0) return;
    await to.write(buffer, 0, bytesRead);
    position += bytesRead;
  }
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
