const KEPT_BYTES = 4096;

/** The end of what a process wrote, for the message that says why it failed. */
export class OutputTail {
  #kept = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-KEPT_BYTES);
  }

  get text(): string {
    return this.#kept.toString('utf8').trim();
  }
}
