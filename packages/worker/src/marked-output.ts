/**
 * Marks what the app prints with the request it prints it for, and with its length, so that several lines stay together.
 * The other half is bridge/src/output-reader.ts, which takes the marks off again.
 */
import { findRequestContext } from './request-context.ts';

type Write = NodeJS.WriteStream['write'];

/** Precedes everything that is written to `process.stdout` and `process.stderr` from now on by `MARK request length\n`. */
export function markOutput(mark: string): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write: Write = stream.write.bind(stream);
    stream.write = (chunk: unknown, ...rest: unknown[]) => {
      const encoding = typeof rest[0] === 'string' ? (rest.shift() as BufferEncoding) : undefined;
      const bytes = toBytes(chunk, encoding);
      const [callback] = rest as [((error?: Error | null) => void)?];
      // Nothing to print, or nothing that can be: Node answers as it always does.
      if (bytes === undefined || bytes.length === 0) return write(chunk as string, encoding, callback);
      const header = `${mark} ${findRequestContext()?.id ?? '-'} ${bytes.length}\n`;
      return write(Buffer.concat([Buffer.from(header), bytes]), callback);
    };
  }
}

function toBytes(chunk: unknown, encoding: BufferEncoding | undefined): Uint8Array | undefined {
  if (typeof chunk === 'string') return Buffer.from(chunk, encoding);
  return chunk instanceof Uint8Array ? chunk : undefined;
}
