import { type FastCgiRecord, RecordParser, type ResponderOutput } from '../src/index.ts';

/** An output that remembers what became of it. Writing after the end, or after destruction, is an error. */
export class RecordedOutput implements ResponderOutput {
  readonly writes: Buffer[] = [];
  state: 'open' | 'ended' | 'destroyed' = 'open';
  isBelowMark = true;

  get bytes(): Buffer {
    return Buffer.concat(this.writes);
  }

  get records(): PlainRecord[] {
    return parseAll([this.bytes]);
  }

  write(bytes: Buffer, callback?: () => void): boolean {
    if (this.state !== 'open') throw new Error(`write to an output that is ${this.state}`);
    this.writes.push(Buffer.from(bytes));
    callback?.();
    return this.isBelowMark;
  }

  end(): void {
    if (this.state !== 'open') throw new Error(`end of an output that is ${this.state}`);
    this.state = 'ended';
  }

  destroy(): void {
    this.state = 'destroyed';
  }
}

/** A record by value: what the views held when it was delivered. */
export interface PlainRecord {
  readonly type: number;
  readonly requestId: number;
  readonly content: string;
  readonly bytes: string;
}

/** Copies a record, latin1. */
export function toPlain({ type, requestId, content, bytes }: FastCgiRecord): PlainRecord {
  return { type, requestId, content: content.toString('latin1'), bytes: bytes.toString('latin1') };
}

/** The records in the chunks. */
export function parseAll(chunks: Iterable<Buffer>): PlainRecord[] {
  const records: PlainRecord[] = [];
  const parser = new RecordParser((record) => records.push(toPlain(record)));
  for (const chunk of chunks) parser.push(chunk);
  return records;
}
