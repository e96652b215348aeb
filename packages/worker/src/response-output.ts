import {
  ProtocolStatus,
  type ResponderRequest,
  type SentCallback,
  STREAM_CONTENT_BYTES,
} from '@httpd-express/fastcgi';

import { callApp } from './call-app.ts';
import { ContentBuffer, toBuffer } from './content-buffer.ts';
import type { StoredHead } from './node-internals.ts';

/** What the owner of an output is told. */
export interface OutputEvents {
  /** Bytes have left. */
  moved(): void;
  /** Everything written has left after a write answered false. */
  drained(): void;
  /** The connection went away with bytes still waiting. */
  lost(): void;
}

/** Waiting bytes from which writes answer false: the app is asked to pause. */
export const HIGH_WATER_MARK = 64 * 1024;

/** Waiting content that is sent at once, corked or not: what one record carries. */
const FLUSH_BYTES = STREAM_CONTENT_BYTES;

/**
 * The response's way out: holds the head until the body's first byte, gathers what is written in one tick, and keeps a
 * declared Content-Length true. A response that is ended in the tick it is begun leaves in one write.
 */
export class ResponseOutput {
  readonly #request: ResponderRequest;
  readonly #events: OutputEvents;
  readonly #content = new ContentBuffer();
  #head: StoredHead | undefined;
  #headState: 'none' | 'held' | 'sent' = 'none';
  #bodyBytesLeft = Infinity;
  #sendingBytes = 0;
  #callbacks: SentCallback[] = [];
  #corked = 0;
  #isEnding = false;
  #isFlushScheduled = false;
  #isHeadWanted = false;
  #isDrainOwed = false;

  constructor(request: ResponderRequest, events: OutputEvents) {
    this.#request = request;
    this.#events = events;
  }

  /** Bytes written that have not left. */
  get byteLength(): number {
    const held = this.#headState === 'held' ? (this.#head?.text.length ?? 0) : 0;
    return held + this.#content.byteLength + this.#sendingBytes;
  }

  /** Whether bytes are on their way that the peer has not taken. */
  get isSending(): boolean {
    return this.#sendingBytes > 0;
  }

  /** Bytes of the body that were announced and not written. */
  get missingBytes(): number {
    return this.#bodyBytesLeft === Infinity ? 0 : this.#bodyBytesLeft;
  }

  get corked(): number {
    return this.#corked;
  }

  /** Node's `res.end()` assigns 1 before its last uncork and its `prefinish` event: what is left goes out with that event. */
  set corked(_: number) {
    this.#isEnding = true;
  }

  cork(): void {
    this.#corked++;
  }

  uncork(): void {
    if (this.#corked > 0) this.#corked--;
    if (this.#corked === 0 && !this.#isEnding) this.#scheduleFlush();
  }

  /** The head is complete: from now on writes are the body. */
  start(head: StoredHead): void {
    this.#head = head;
    this.#headState = 'held';
    this.#bodyBytesLeft = head.bodyBytes ?? Infinity;
  }

  /** False when the app should wait for `drained`. */
  write(
    data: string | Uint8Array,
    encoding?: BufferEncoding | null,
    callback?: SentCallback | null,
  ): boolean {
    if (this.#headState === 'none') {
      // Informational responses: httpd would take one for the final response, and desynchronise the client's connection.
      if (callback) process.nextTick(callback);
      return true;
    }
    if (data.length > 0) this.#add(data, encoding ?? 'utf8');
    else if (!callback) this.#isHeadWanted = true; // res.flushHeaders()
    if (callback) this.#callbacks.push(callback);
    if (this.#content.byteLength >= FLUSH_BYTES) this.#flush();
    else if (this.#corked === 0) this.#scheduleFlush();
    const isBelowMark = this.byteLength < HIGH_WATER_MARK;
    if (!isBelowMark) this.#isDrainOwed = true;
    return isBelowMark;
  }

  /** The response is complete: sends what is left and, unless the request is still being read, END_REQUEST with it. */
  finish(endsRequest: boolean): void {
    this.#isEnding = true;
    this.#addHead();
    if (!endsRequest) {
      this.#flush();
      return;
    }
    const left = this.#whenLeft(this.#content.byteLength);
    this.#request.end(this.#content.take(), 0, ProtocolStatus.RequestComplete, left);
  }

  #add(data: string | Uint8Array, encoding: BufferEncoding): void {
    const bytes = typeof data === 'string' ? Buffer.byteLength(data, encoding) : data.byteLength;
    if (bytes > this.#bodyBytesLeft) {
      const rest = toBuffer(data, encoding).subarray(0, this.#bodyBytesLeft);
      if (rest.length > 0) this.#addAllowed(rest, encoding, rest.length);
    } else {
      this.#addAllowed(data, encoding, bytes);
    }
  }

  #addAllowed(data: string | Uint8Array, encoding: BufferEncoding, bytes: number): void {
    this.#bodyBytesLeft -= bytes;
    const isWhole = this.#head?.bodyBytes !== undefined;
    const head = this.#headState === 'held' && isWhole ? this.#head?.text : undefined;
    // As Node does: the head takes the encoding of a string it is sent with; before a chunk size it is latin1.
    if (head !== undefined && typeof data === 'string' && (encoding === 'utf8' || encoding === 'latin1')) {
      this.#headState = 'sent';
      this.#content.add(head + data, encoding, Buffer.byteLength(head, encoding) + bytes);
    } else {
      this.#addHead();
      this.#content.add(data, encoding, bytes);
    }
  }

  #addHead(): void {
    if (this.#headState !== 'held' || this.#head === undefined) return;
    this.#headState = 'sent';
    this.#content.add(this.#head.text, 'latin1', this.#head.text.length);
  }

  #scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    process.nextTick(flushScheduled, this);
  }

  /** For the tick only. */
  flushScheduled(): void {
    this.#isFlushScheduled = false;
    if (this.#request.ended) return;
    if (this.#isHeadWanted && this.#headState === 'held' && isEventStream(this.#head))
      this.#add(':\n\n', 'utf8');
    this.#flush();
  }

  #flush(): void {
    if (this.#content.byteLength === 0 && this.#callbacks.length === 0) return;
    const left = this.#whenLeft(this.#content.byteLength);
    const content = this.#content.take();
    if (content.length === 0) process.nextTick(left);
    else this.#request.writeStdout(content, left);
  }

  #whenLeft(bytes: number): SentCallback {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    this.#sendingBytes += bytes;
    return (error) => {
      this.#sendingBytes -= bytes;
      this.#events.moved();
      this.#announce(callbacks, error);
    };
  }

  #announce(callbacks: readonly SentCallback[], error?: Error | null): void {
    if (error)
      callApp(() => {
        this.#events.lost();
      });
    for (const callback of callbacks)
      callApp(() => {
        callback(error);
      });
    if (error || !this.#isDrainOwed || this.byteLength > 0) return;
    this.#isDrainOwed = false;
    callApp(() => {
      this.#events.drained();
    });
  }
}

function flushScheduled(output: ResponseOutput): void {
  output.flushScheduled();
}

/**
 * httpd forwards a head only together with body bytes, so an EventSource would not open before the first event: a comment
 * of the format is such bytes. Not for one that is compressed or has a length.
 */
function isEventStream(head: StoredHead | undefined): boolean {
  if (head?.hasBody !== true || head.bodyBytes !== undefined) return false;
  return (
    /^content-type:[ \t]*text\/event-stream/im.test(head.text) && !/^content-encoding:/im.test(head.text)
  );
}
