import { RecordType } from './constants.ts';
import type { NameValue } from './name-value.ts';
import { encodeRecord, encodeStream, type EndRequest } from './record.ts';

/** A request to send, and who hears of its response. Handlers are called synchronously with views of the received bytes. */
export interface ClientRequestOptions {
  /** The variables, in this order; strings are latin1. */
  readonly params: Iterable<NameValue> | Readonly<Record<string, string>>;
  /** One of `Role`; RESPONDER by default. */
  readonly role?: number;
  /** Asks the application to leave the connection open after the request; false by default. */
  readonly keepConnection?: boolean;
  /** All of STDIN: sent, with its end, in the same write as the request. Without it use `writeStdin` and `endStdin`. */
  readonly stdin?: Buffer;
  onStdout?(content: Buffer): void;
  onStderr?(content: Buffer): void;
  /** END_REQUEST: the response is complete. */
  onEnd?(end: EndRequest): void;
  /** The connection is gone before END_REQUEST; with the reason when the application broke the protocol. */
  onClosed?(cause?: Error): void;
}

/** A request that was sent. An application may end it early: what is written afterwards is dropped. */
export class ClientRequest {
  readonly id: number;
  readonly #write: (parts: readonly Buffer[], callback?: () => void) => boolean;
  readonly #options: ClientRequestOptions;
  #state: 'open' | 'ended' = 'open';

  constructor(
    id: number,
    options: ClientRequestOptions,
    write: (parts: readonly Buffer[], callback?: () => void) => boolean,
  ) {
    this.id = id;
    this.#options = options;
    this.#write = write;
  }

  /** END_REQUEST came, or the connection is gone. */
  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** Sends STDIN; nothing for empty content. False means back-pressure, or a request that has ended (then no callback). */
  writeStdin(content: Buffer, callback?: () => void): boolean {
    return this.#send(encodeStream(RecordType.Stdin, this.id, content), callback);
  }

  /** Ends STDIN. */
  endStdin(): boolean {
    return this.#send([encodeRecord(RecordType.Stdin, this.id)]);
  }

  /** Sends the second stream of a FILTER, as `writeStdin`. */
  writeData(content: Buffer, callback?: () => void): boolean {
    return this.#send(encodeStream(RecordType.Data, this.id, content), callback);
  }

  /** Ends the second stream of a FILTER. */
  endData(): boolean {
    return this.#send([encodeRecord(RecordType.Data, this.id)]);
  }

  /** Tells the application that nobody waits; it still answers END_REQUEST. FastCGI §5.4. */
  abort(): boolean {
    return this.#send([encodeRecord(RecordType.AbortRequest, this.id)]);
  }

  receiveStdout(content: Buffer): void {
    if (content.length > 0) this.#options.onStdout?.(content);
  }

  receiveStderr(content: Buffer): void {
    if (content.length > 0) this.#options.onStderr?.(content);
  }

  receiveEnd(end: EndRequest): void {
    this.#state = 'ended';
    this.#options.onEnd?.(end);
  }

  lose(cause?: Error): void {
    this.#state = 'ended';
    this.#options.onClosed?.(cause);
  }

  #send(parts: readonly Buffer[], callback?: () => void): boolean {
    return this.#state === 'open' && this.#write(parts, callback);
  }
}
