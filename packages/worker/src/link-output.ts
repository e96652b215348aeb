import type { Duplex } from 'node:stream';

import {
  callAll,
  keepContext,
  type ResponderOutput,
  type SentCallback,
  writeParts,
} from '@httpd-express/fastcgi';

/** Gathered bytes that do not wait for the end of the turn. */
const FULL_BYTES = 64 * 1024;
/** For how long an answer is held at most, as long as handlers do not compute. */
const HELD_MS = 2;
/** For how long nothing is held after a handler that did: an answer must not wait for those that compute behind it. */
const IMPATIENCE_MS = 10;

/** Outputs with something gathered. */
const gathering = new Set<LinkOutput>();
// What an app has written before it calls process.exit() leaves, as under plain Node.
process.on('exit', () => {
  for (const output of gathering) output.flush();
});

/**
 * What a link writes, gathered until the end of the event loop's turn, so that the answers to requests that came together
 * leave together: each write is a system call, and wakes the bridge.
 */
export class LinkOutput implements ResponderOutput {
  readonly #stream: Duplex;
  readonly #now: () => number;
  #parts: Buffer[] = [];
  #bytes = 0;
  #callbacks: SentCallback[] = [];
  /** When the first and the last of `#parts` were written. */
  #since = 0;
  #latest = 0;
  #impatientUntil = 0;
  #isFlushScheduled = false;
  #isCorked = false;

  /** @param now the clock, in milliseconds */
  constructor(stream: Duplex, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
  }

  write(bytes: Buffer, callback?: SentCallback): boolean {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    if (callback !== undefined) this.#callWhenSent(callback);
    const now = this.#now();
    if (this.#parts.length === 1) this.#since = now;
    else this.#noteSilence(now);
    this.#latest = now;
    if (!this.#isCorked) this.#sendOrHold(now);
    return !this.#stream.writableNeedDrain;
  }

  /** What follows is one: no write is to end in the middle of it. */
  cork(): void {
    this.#isCorked = true;
  }

  uncork(): void {
    this.#isCorked = false;
    this.#sendOrHold(this.#latest);
  }

  end(): void {
    this.flush();
    this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  /** Sends what was gathered. */
  flush(): void {
    this.#isFlushScheduled = false;
    gathering.delete(this);
    if (this.#parts.length === 0) return;
    this.#noteSilence(this.#now());
    this.#send();
  }

  /**
   * A little that the connection takes counts as sent at once, as what Node writes to a socket does: `finish` comes before
   * the events that follow it under plain Node, not after those of everything else in this turn. Not so parts that come
   * corked: they are not copied, and an app may use its buffer again when it is called. Either way it is called in the
   * asynchronous context of whoever wrote, as Node does it, and not of whose bytes left with these.
   */
  #callWhenSent(callback: SentCallback): void {
    const isTaken =
      !this.#isCorked &&
      this.#bytes < FULL_BYTES &&
      this.#stream.writableLength === 0 &&
      this.#stream.writable;
    if (isTaken) process.nextTick(callback);
    else this.#callbacks.push(keepContext(callback));
  }

  #sendOrHold(now: number): void {
    if (this.#parts.length === 0) return;
    if (this.#bytes >= FULL_BYTES || now - this.#since >= HELD_MS || now < this.#impatientUntil) this.#send();
    else if (!this.#isFlushScheduled) this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    this.#isFlushScheduled = true;
    gathering.add(this);
    setImmediate(flushOutput, this);
  }

  /** Handlers have written nothing since the latest part: they may be computing. */
  #noteSilence(now: number): void {
    if (now - this.#latest >= HELD_MS) this.#impatientUntil = now + IMPATIENCE_MS;
  }

  #send(): void {
    const [parts, callbacks] = [this.#parts, this.#callbacks];
    this.#parts = [];
    this.#callbacks = [];
    this.#bytes = 0;
    const sent = callbacks.length === 0 ? undefined : callAll.bind(undefined, callbacks);
    writeParts(this.#stream, parts, sent, FULL_BYTES);
  }
}

function flushOutput(output: LinkOutput): void {
  output.flush();
}
