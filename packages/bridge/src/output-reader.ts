/**
 * What a worker's process prints → entries, one for each thing that was printed. The worker marks what goes through
 * `process.stdout` and `process.stderr` (worker/src/marked-output.ts); what comes past them, from native code or a child
 * of the app's, is taken line by line.
 */

/** Something that was printed. */
export interface OutputEntry {
  /** The request it was printed for, as far as that is known. */
  readonly request?: string;
  /** Whole lines, without the last line break. At most `MAX_ENTRY_BYTES`. */
  readonly bytes: Buffer;
  /** Bytes that were left out at the end. */
  readonly cutBytes: number;
}

/** Of one entry, what is kept. */
export const MAX_ENTRY_BYTES = 64 * 1024;

/** How long a line may stay without its end before it is shown as it is. */
const PARTIAL_LINE_MS = 200;

/** A marker's own length, with the longest id and length it may carry. */
const MAX_HEADER_BYTES = 256;

const NEWLINE = 0x0a;

interface Partial {
  readonly request: string | undefined;
  readonly pieces: Buffer[];
  keptBytes: number;
  cutBytes: number;
  /** Whether the latest piece ended a line. */
  isWhole: boolean;
}

/** One stream of one process. */
export class OutputReader {
  readonly #mark: Buffer;
  readonly #onEntries: (entries: readonly OutputEntry[]) => void;
  #entries: OutputEntry[] = [];
  /** The beginning of what may be a marker. */
  #held = Buffer.alloc(0);
  /** Bytes of a marked piece that are still to come. */
  #missing = 0;
  #request: string | undefined;
  #partial: Partial | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(mark: string, onEntries: (entries: readonly OutputEntry[]) => void) {
    this.#mark = Buffer.from(mark);
    this.#onEntries = onEntries;
  }

  /** Takes what came; tells the entries it completes at once. */
  push(chunk: Buffer): void {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    while (rest.length > 0) rest = this.#missing > 0 ? this.#takeMarked(rest) : this.#takePlain(rest);
    this.#emit();
    clearTimeout(this.#timer);
    if (this.#partial !== undefined || this.#held.length > 0)
      this.#timer = setTimeout(() => {
        this.end();
      }, PARTIAL_LINE_MS);
  }

  /** Nothing follows, or not soon: what has no end yet is told. */
  end(): void {
    clearTimeout(this.#timer);
    if (this.#held.length > 0) this.#addLines(undefined, this.#held);
    this.#held = Buffer.alloc(0);
    this.#finishPartial();
    this.#emit();
  }

  #emit(): void {
    if (this.#entries.length === 0) return;
    const entries = this.#entries;
    this.#entries = [];
    this.#onEntries(entries);
  }

  #takeMarked(bytes: Buffer): Buffer {
    const piece = bytes.subarray(0, this.#missing);
    this.#missing -= piece.length;
    this.#add(this.#request, piece);
    // A piece of output is one entry, however many lines it has.
    if (this.#missing === 0 && piece.at(-1) === NEWLINE) this.#finishPartial();
    return bytes.subarray(piece.length);
  }

  /** Up to the next marker, or all of it but what may be the beginning of one. */
  #takePlain(bytes: Buffer): Buffer {
    const at = bytes.indexOf(this.#mark);
    if (at > 0) {
      this.#addLines(undefined, bytes.subarray(0, at));
      return bytes.subarray(at);
    }
    if (at === 0) return this.#takeHeader(bytes);
    const kept = beginningOf(this.#mark, bytes);
    this.#addLines(undefined, bytes.subarray(0, bytes.length - kept));
    this.#held = Buffer.from(bytes.subarray(bytes.length - kept));
    return Buffer.alloc(0);
  }

  /** `MARK request length\n`, with `-` for no request. */
  #takeHeader(bytes: Buffer): Buffer {
    const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf(NEWLINE);
    if (end < 0 && bytes.length < MAX_HEADER_BYTES) {
      this.#held = Buffer.from(bytes);
      return Buffer.alloc(0);
    }
    const header = bytes.toString('latin1', this.#mark.length, Math.max(end, 0));
    const [, request = '', length = ''] = /^ ([\w@.:-]{1,64}) (\d{1,15})$/.exec(header) ?? [];
    if (length === '') {
      this.#addLines(undefined, bytes.subarray(0, this.#mark.length));
      return bytes.subarray(this.#mark.length);
    }
    this.#request = request === '-' ? undefined : request;
    this.#missing = Number(length);
    return bytes.subarray(end + 1);
  }

  /** A line that is indented or empty belongs to the one before it: that is what a stack trace looks like. */
  #addLines(request: string | undefined, bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      const end = rest.indexOf(NEWLINE) + 1;
      const line = end === 0 ? rest : rest.subarray(0, end);
      if (this.#partial?.isWhole === true && !isContinuation(line)) this.#finishPartial();
      this.#add(request, line);
      rest = rest.subarray(line.length);
    }
    if (this.#partial?.isWhole === true) this.#finishPartial();
  }

  #add(request: string | undefined, piece: Buffer): void {
    if (this.#partial !== undefined && this.#partial.request !== request) this.#finishPartial();
    this.#partial ??= { request, pieces: [], keptBytes: 0, cutBytes: 0, isWhole: false };
    const partial = this.#partial;
    const kept = piece.subarray(0, Math.max(0, MAX_ENTRY_BYTES - partial.keptBytes));
    if (kept.length > 0) partial.pieces.push(kept);
    partial.keptBytes += kept.length;
    partial.cutBytes += piece.length - kept.length;
    partial.isWhole = piece.at(-1) === NEWLINE;
  }

  #finishPartial(): void {
    if (this.#partial === undefined) return;
    const { request, pieces, cutBytes } = this.#partial;
    this.#partial = undefined;
    const bytes = Buffer.concat(pieces);
    const whole = bytes.at(-1) === NEWLINE ? bytes.subarray(0, -1) : bytes;
    this.#entries.push({ ...(request !== undefined && { request }), bytes: whole, cutBytes });
  }
}

function isContinuation(line: Buffer): boolean {
  return line[0] === 0x20 || line[0] === 0x09 || line[0] === NEWLINE;
}

/** How many bytes at the end of `bytes` are the beginning of `mark`. */
function beginningOf(mark: Buffer, bytes: Buffer): number {
  for (let length = Math.min(mark.length - 1, bytes.length); length > 0; length -= 1)
    if (bytes.subarray(bytes.length - length).equals(mark.subarray(0, length))) return length;
  return 0;
}
