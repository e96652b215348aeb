import { Duplex } from 'node:stream';

/** Two ends of a connection in memory. A write is done when the other end has taken it, so back-pressure is real. */
export function createDuplexPair(): { readonly bridge: Duplex; readonly worker: Duplex } {
  const bridge = new End();
  const worker = new End();
  bridge.other = worker;
  worker.other = bridge;
  return { bridge, worker };
}

class End extends Duplex {
  other: End | undefined;
  #taken: (() => void) | undefined;

  constructor() {
    super({ allowHalfOpen: false });
  }

  override _read(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    if (this.other === undefined || this.other.destroyed) return;
    this.other.#take(chunk, callback);
  }

  override _final(callback: () => void): void {
    this.other?.push(null);
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    callback(error);
    setImmediate(() => this.other?.destroy());
  }

  #take(chunk: Buffer, taken: () => void): void {
    if (this.push(chunk)) setImmediate(taken);
    else this.#taken = taken;
  }
}
