import { COALESCE_BYTES } from './constants.ts';
import type { SentCallback } from './waiting-output.ts';

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

/** Writes the parts so that they leave as one: copied together when small, corked when large. */
export function writeParts(
  output: ResponderOutput,
  parts: readonly Buffer[],
  callback?: SentCallback,
): boolean {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  if (bytes <= COALESCE_BYTES || output.cork === undefined)
    return output.write(Buffer.concat(parts, bytes), callback);
  output.cork();
  let isBelowMark = true;
  const last = parts.length - 1;
  parts.forEach((part, index) => (isBelowMark = output.write(part, index === last ? callback : undefined)));
  output.uncork?.();
  return isBelowMark;
}
