const KEPT_BYTES = 4096;

/** The end of what a process wrote, for the message that says why it failed. */
export class OutputTail {
  #kept = Buffer.alloc(0);
  #awaited: { readonly pattern: RegExp; readonly found: (match: string) => void } | undefined;

  add(chunk: Buffer): void {
    this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-KEPT_BYTES);
    const match = this.#awaited?.pattern.exec(this.text);
    if (match) this.#awaited?.found(match[0]);
  }

  /** Forgets what was kept, and settles with the first match in what comes from now on. */
  async nextMatch(pattern: RegExp): Promise<string> {
    this.#kept = Buffer.alloc(0);
    return new Promise((found) => (this.#awaited = { pattern, found }));
  }

  get text(): string {
    return this.#kept.toString('utf8').trim();
  }
}
