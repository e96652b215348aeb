import { appendFileSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

import { ErrorLogError } from './errors.ts';

/** Severity of a line, by httpd's LogLevel names. */
export type LogLevel = 'error' | 'warn' | 'notice';

/** Of a log's new part, what an error message carries at most. */
const TAIL_BYTES = 8192;
const TAIL_LINES = 20;

/** A place in the log: what is written from here on is new. */
export interface LogMark {
  readonly bytes: number;
}

/** The log that the supervisor, httpd, the bridge and the app share: a file, or our own stderr. */
export class ErrorLog {
  readonly #path: string | undefined;

  constructor(path: string | undefined) {
    this.#path = path;
  }

  /**
   * Calls `use` with a descriptor for a child's stderr, opened anew so that it follows log rotation, and closes it.
   *
   * @throws {ErrorLogError} ERR_SUPERVISOR_ERROR_LOG
   */
  async withDescriptor<T>(use: (fd: number) => Promise<T>): Promise<T> {
    if (this.#path === undefined) return use(2);
    const file = await openLog(this.#path, 'a');
    try {
      return await use(file.fd);
    } finally {
      await file.close();
    }
  }

  /** Writes one line: `[time] [supervisor:level] [pid N] sentence key=value …`. */
  log(level: LogLevel, sentence: string, fields: Readonly<Record<string, string | number>> = {}): void {
    const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${value}`);
    const line = `[${new Date().toISOString()}] [supervisor:${level}] [pid ${process.pid}] ${sentence}${pairs.join('')}\n`;
    this.write(line);
  }

  /** Appends whole lines as they are. */
  write(lines: string): void {
    if (this.#path === undefined) process.stderr.write(lines);
    else this.#append(this.#path, lines);
  }

  /** Writes the reason of a failure; whoever watches our stderr but not the file is shown all of it there. */
  report(problem: Error, consequence: string): void {
    this.log('error', `${firstLine(problem.message)}; ${consequence}`);
    if (this.#path !== undefined) process.stderr.write(`${problem.message}\n`);
  }

  /** Remembers how much is there now. */
  async mark(): Promise<LogMark> {
    return { bytes: this.#path === undefined ? 0 : await sizeOf(this.#path) };
  }

  /** The last lines written since `mark`; empty when the log is not a file, because then they were seen. */
  async tailSince({ bytes }: LogMark): Promise<string> {
    return this.#path === undefined ? '' : readTail(this.#path, bytes);
  }

  #append(path: string, line: string): void {
    try {
      appendFileSync(path, line, { mode: 0o640 });
    } catch {
      process.stderr.write(line); // a full disk must not end the service, and the line must not be lost
    }
  }
}

/** A message without the tail of the log that may follow in it. */
export function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}

/** Opens a log for appending (`a`) or anew (`w`), readable by its group. */
export async function openLog(path: string, flags: 'a' | 'w'): Promise<FileHandle> {
  return open(path, flags, 0o640).catch((error: unknown) => {
    throw new ErrorLogError(path, error);
  });
}

/** The last lines of the part of a file after `from` bytes; empty when it is not a regular file. */
export async function readTail(path: string, from = 0): Promise<string> {
  const size = await sizeOf(path);
  // Smaller than remembered: rotated or cut, so all of it is new.
  const start = Math.max(size < from ? 0 : from, size - TAIL_BYTES);
  if (size === start) return '';
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  const stats = await stat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new ErrorLogError(path, error);
  });
  return stats?.isFile() === true ? stats.size : 0;
}
