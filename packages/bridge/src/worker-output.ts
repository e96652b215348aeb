import { type Readable } from 'node:stream';

import { type OutputLine, formatForTerminal, formatOutput } from './output-lines.ts';
import { type OutputEntry, OutputReader } from './output-reader.ts';

/** What a worker may print in one window; beyond it the pipe is left full, and the worker waits: the log is a file others need, too. */
const MAX_WINDOW_BYTES = 4 * 2 ** 20;
const WINDOW_MS = 250;

/** Whose output it is, and where its text goes beside the log. */
export interface WorkerOutputOptions {
  readonly worker: number;
  readonly pid: number;
  /** What the worker marks its own output with. */
  readonly mark: string;
  readonly level: OutputLine['level'];
  /** Told the text without marks. */
  readonly onText?: (bytes: Buffer) => void;
}

/** Copies one stream of a worker to our stderr, which is the log: one write per chunk, so that nothing comes in between. */
export function relayOutput(stream: Readable, options: WorkerOutputOptions): void {
  const { mark, onText } = options;
  const reader = new OutputReader(mark, (entries) => {
    for (const { bytes } of entries) onText?.(Buffer.concat([bytes, Buffer.from('\n')]));
    process.stderr.write(entries.map((entry) => format(entry, options)).join(''));
  });
  const allowance = new Allowance(stream);
  stream.on('data', (chunk: Buffer) => {
    reader.push(chunk);
    allowance.spend(chunk.length);
  });
  stream.on('close', () => {
    reader.end();
    allowance.end();
  });
}

function format(entry: OutputEntry, { worker, pid, level }: WorkerOutputOptions): string {
  const line = { ...entry, at: new Date(), origin: 'app', level, pid, name: `worker ${worker}` };
  return process.stderr.isTTY ? formatForTerminal(line) : formatOutput(line);
}

/** Pauses a stream that brings too much. */
class Allowance {
  readonly #stream: Readable;
  #startedAt = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  spend(bytes: number): void {
    const now = performance.now();
    if (now - this.#startedAt >= WINDOW_MS) {
      this.#startedAt = now;
      this.#bytes = 0;
    }
    this.#bytes += bytes;
    if (this.#bytes < MAX_WINDOW_BYTES || this.#timer !== undefined) return;
    this.#stream.pause();
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#stream.resume();
      },
      WINDOW_MS - (now - this.#startedAt),
    );
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
