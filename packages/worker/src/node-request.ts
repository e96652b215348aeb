import type { ServerRequest } from 'srvx';

/**
 * srvx's request only looks like a `Request`: `new Request(request)` and `fetch(request)` refuse it, and apps pass requests
 * on like that. This is one. The signal stays lazy, because following one costs more than all the rest of a request.
 */
export class NodeRequest extends Request {
  readonly #request: ServerRequest;

  constructor(request: ServerRequest) {
    const { method, headers } = request;
    const hasBody = method !== 'GET' && method !== 'HEAD';
    super(request.url, { method, headers, ...(hasBody && { body: readLater(request), duplex: 'half' }) });
    this.#request = request;
  }

  static {
    Object.defineProperty(this.prototype, 'signal', {
      configurable: true,
      get(this: NodeRequest): AbortSignal {
        return this.#request.signal;
      },
    });
  }

  /** Address of the client; this and the next two are what srvx gives its apps, h3 among them. */
  get ip(): string | undefined {
    return this.#request.ip;
  }

  get runtime(): ServerRequest['runtime'] {
    return this.#request.runtime;
  }

  get waitUntil(): ServerRequest['waitUntil'] {
    return this.#request.waitUntil;
  }
}

/** The body, of which nothing is read before the app asks: what is being read keeps an early answer from ending. */
function readLater(request: ServerRequest): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    reader ??= (request.body as ReadableStream<Uint8Array> | null)?.getReader();
    const piece = await reader?.read();
    if (piece?.done === false) controller.enqueue(piece.value);
    else controller.close();
  };
  return new ReadableStream({ pull, cancel: (reason) => reader?.cancel(reason) }, { highWaterMark: 0 });
}
