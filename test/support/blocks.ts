/** `bytes` bytes in blocks of 64 KiB, each numbered so that a lost, doubled or swapped one changes the hash. */
export function* blocks(bytes: number): Generator<Buffer> {
  const size = 65_536;
  for (let sent = 0; sent < bytes; sent += size) {
    const block = Buffer.alloc(size);
    block.writeUInt32BE(sent / size);
    yield block.subarray(0, Math.min(size, bytes - sent));
  }
}
