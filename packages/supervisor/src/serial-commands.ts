/** Runs commands one after the other; asking for one that already waits is joining it. */
export class SerialCommands {
  readonly #waiting = new Map<string, Promise<void>>();
  #last: Promise<unknown> = Promise.resolve();

  /** Settles as `command` does, once those before it are over. */
  run(name: string, command: () => Promise<void>): Promise<void> {
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) return waiting;
    const result = this.#last.then(() => {
      // From here on the command may have looked at things: the next request is a new one.
      this.#waiting.delete(name);
      return command();
    });
    this.#waiting.set(name, result);
    this.#last = result.catch(() => undefined); // whoever asked hears of it
    return result;
  }
}
