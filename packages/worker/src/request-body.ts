import type { IncomingMessage } from 'node:http';

import { callApp } from './call-app.ts';
import { closeSilently, hasListeners, isConsumed } from './node-internals.ts';

/** What the owner of a body is told. */
export interface BodyEvents {
  /** The app has enough for now, until it reads on. */
  bodyFull(): void;
  /** The last byte has come. */
  bodyComplete(): void;
  /** Fewer or more bytes came than announced. */
  bodyBroken(): void;
}

/**
 * STDIN → `req`. A body that is cut short never ends: it breaks, so that the app cannot take it for a whole one (httpd
 * replays requests without their body, and a client may leave in the middle).
 */
export class RequestBody {
  /** CONTENT_LENGTH; without one, the end of STDIN is the end of the body. */
  readonly expectedBytes: number | undefined;
  readonly #req: IncomingMessage;
  readonly #events: BodyEvents;
  #receivedBytes = 0;
  #isFinished = false;

  constructor(req: IncomingMessage, expectedBytes: number | undefined, events: BodyEvents) {
    this.#req = req;
    this.expectedBytes = expectedBytes;
    this.#events = events;
  }

  /** The app has been told that all has come. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Bytes of STDIN. */
  push(chunk: Buffer): void {
    this.#receivedBytes += chunk.length;
    if (this.expectedBytes !== undefined && this.#receivedBytes > this.expectedBytes) {
      this.#events.bodyBroken();
      return;
    }
    callApp(() => {
      if (!this.#req.push(chunk)) this.#events.bodyFull();
    });
    if (this.#receivedBytes === this.expectedBytes) this.#complete();
  }

  /** STDIN has ended. */
  end(): void {
    if (this.#isFinished) return;
    if (this.expectedBytes !== undefined && this.#receivedBytes < this.expectedBytes)
      this.#events.bodyBroken();
    else this.#complete();
  }

  /** The response is complete: where no body was announced and none came, the request is, although STDIN has not ended. */
  completeEmpty(): void {
    if (this.expectedBytes === undefined && this.#receivedBytes === 0) this.#req.complete = true;
  }

  /** The response is out, and nothing more will come: what nobody reads is dropped, as plain Node does. */
  drop(): void {
    const req = this.#req;
    if (!isConsumed(req)) {
      this.#dropUnread();
    } else if (!this.#isFinished) {
      // For somebody who has read a part and stopped, it is cut short.
      if (req.readableFlowing === true) this.#finish();
      else req.destroy();
    }
  }

  #dropUnread(): void {
    const req = this.#req;
    if (!hasListeners(req)) {
      // Nobody would notice the events of its end, and they cost a tenth of a whole request.
      req.complete = true;
      closeSilently(req);
      return;
    }
    if (!this.#isFinished) this.#finish();
    req.resume();
  }

  #complete(): void {
    this.#finish();
    this.#events.bodyComplete();
  }

  #finish(): void {
    this.#isFinished = true;
    this.#req.complete = true;
    this.#req.push(null);
  }
}

/** Whether somebody listens for the body, now or later. */
export function hasReader(req: IncomingMessage): boolean {
  return req.listenerCount('data') > 0 || req.listenerCount('readable') > 0;
}
