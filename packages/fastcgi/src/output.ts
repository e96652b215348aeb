import { COALESCE_BYTES, LARGE_BUFFER_BYTES } from './constants.ts';
import type { SentCallback } from './sent-callback.ts';

/** Where a connection's bytes go. A `net.Socket` fits. */
export interface ResponderOutput {
  /** Takes the bytes without copying: they must not change until the callback. False asks the caller to wait for its drain. */
  write(bytes: Buffer, callback?: SentCallback): boolean;
  /** Nothing more will be written; what was written is delivered. */
  end(): void;
  /** Drops the connection, and what was not delivered with it. */
  destroy(): void;
  /** Holds writes back so that they leave together. */
  cork?(): void;
  uncork?(): void;
}

/**
 * Writes the parts, at least one, so that they leave as one: up to `copyBytes`, and small on average, they are copied
 * together; else they are corked. The answer is that of `write`.
 */
export function writeParts(
  output: Pick<ResponderOutput, 'write' | 'cork' | 'uncork'>,
  parts: readonly Buffer[],
  callback?: SentCallback,
  copyBytes = COALESCE_BYTES,
): boolean {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return output.write(only, callback);
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  const isCopied = bytes <= copyBytes && bytes <= parts.length * LARGE_BUFFER_BYTES;
  if (isCopied || output.cork === undefined) return output.write(Buffer.concat(parts, bytes), callback);
  output.cork();
  let isBelowMark = true;
  const last = parts.length - 1;
  parts.forEach((part, index) => (isBelowMark = output.write(part, index === last ? callback : undefined)));
  output.uncork?.();
  return isBelowMark;
}
