import type { IncomingMessage } from 'node:http';

/** What waits for the app to read it, before the client has to wait. */
const WAITING_BYTES = 64 * 1024;

/**
 * The body of a request for an app with `fetch`. Nothing of it is read before the app asks: what is being read keeps an
 * early answer from ending. Fails as the request does, and with a TypeError when somebody else has read it.
 */
export function createBodyStream(req: IncomingMessage): ReadableStream<Uint8Array> {
  let source: BodySource | undefined;
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => (source ??= new BodySource(req)).pull(controller),
      cancel: () => source?.cancel(),
    },
    { highWaterMark: 0 },
  );
}

/** What of a body has come and has not been asked for. Each piece of a stream costs some ten promises, so all of it is one. */
class BodySource {
  readonly #req: IncomingMessage;
  #chunks: Buffer[] = [];
  #byteLength = 0;
  #isOver = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(req: IncomingMessage) {
    this.#req = req;
    if (req.readableEnded) this.#end(new TypeError('Body is unusable: Body has already been read'));
    else if (req.destroyed) this.#end(req.errored ?? abortError());
    if (this.#isOver) return;
    req
      .on('data', this.#onData)
      .on('error', (error: Error) => {
        this.#end(error);
      })
      .on('end', () => {
        this.#end();
      })
      .on('close', () => {
        if (!this.#isOver) this.#end(abortError());
      })
      .resume();
  }

  /** Rejects with what has ended the request. */
  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.#byteLength === 0 && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.#byteLength > 0) {
      controller.enqueue(this.#take());
      this.#req.resume();
    } else if (this.#error !== undefined) {
      throw this.#error;
    }
    if (this.#isOver && this.#error === undefined) controller.close();
  }

  /** The app wants no more of it: a pull that waits need not go on. */
  cancel(): void {
    this.#wake = undefined;
    this.#req.off('data', this.#onData).pause();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#byteLength += chunk.length;
    if (this.#byteLength >= WAITING_BYTES) this.#req.pause();
    this.#wake?.();
  };

  #end(error?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#wake?.();
  }

  #take(): Uint8Array {
    const [chunks, byteLength] = [this.#chunks, this.#byteLength];
    const [first] = chunks;
    this.#chunks = [];
    this.#byteLength = 0;
    // The memory of a chunk is its request's alone (fastcgi, stdin-input.ts), so the app may have it.
    if (chunks.length === 1 && first !== undefined)
      return new Uint8Array(first.buffer, first.byteOffset, first.byteLength);
    const bytes = new Uint8Array(byteLength);
    let offset = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }
}

function abortError(): DOMException {
  return new DOMException('The request was aborted.', 'AbortError');
}
