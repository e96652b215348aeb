/** The message whole, in every two pieces, and byte by byte; each chunk is a copy of its own. */
export function* feedings(message: Buffer): Generator<Buffer[]> {
  yield [Buffer.from(message)];
  for (let cut = 1; cut < message.length; cut += 1) yield cutAt(message, [cut]);
  yield cutAt(
    message,
    Array.from({ length: Math.max(message.length - 1, 0) }, (_, index) => index + 1),
  );
}

/** The message cut at the given ascending offsets; each chunk is a copy of its own. */
export function cutAt(message: Buffer, cuts: readonly number[]): Buffer[] {
  return [...cuts, message.length].map((end, index) =>
    Buffer.from(message.subarray(cuts[index - 1] ?? 0, end)),
  );
}
