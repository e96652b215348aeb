import { BODY_BYTES, COALESCE_BYTES, HEADER_BYTES, ProtocolStatus, RecordType, Role } from './constants.ts';
import { ProtocolError, RequestEndedError } from './errors.ts';
import { ParamsAssembly } from './params-assembly.ts';
import {
  EMPTY,
  encodeEndRequest,
  encodeHeader,
  encodeStream,
  writeEndRequest,
  writeHeader,
} from './record.ts';

/**
 * One request, as its owner in the application sees it. The handlers are assigned inside `onRequest`; what arrives while
 * one is missing is dropped. They are called synchronously, with views of the received bytes.
 */
export interface ResponderRequest {
  readonly id: number;
  /** One of `Role`. */
  readonly role: number;
  /** The web server wants the connection to stay open after this request. */
  readonly keepConnection: boolean;
  /** The variables, latin1: one character per byte. */
  readonly params: ReadonlyMap<string, string>;
  onStdin?: ((chunk: Buffer) => void) | undefined;
  /** The web server ended STDIN. Whether all of CONTENT_LENGTH came is the owner's to check. */
  onStdinEnd?: (() => void) | undefined;
  /** The second stream of a FILTER. */
  onData?: ((chunk: Buffer) => void) | undefined;
  onDataEnd?: (() => void) | undefined;
  /** Called at most once: the web server lost interest, or (then `ended` is true) the connection is gone. Call `end` in both cases. */
  onAbort?: (() => void) | undefined;
  /** Nothing can be written any more: END_REQUEST was sent, or the connection is gone. */
  readonly ended: boolean;
  /**
   * Sends STDOUT; nothing for empty content, which would end the stream. The content must not change until the callback.
   * False means back-pressure: wait for the output's drain. When the connection is gone the content is dropped, the
   * answer is false and there is no callback. Throws RequestEndedError after `end`.
   */
  writeStdout(content: Buffer, callback?: () => void): boolean;
  /**
   * Sends STDERR. Empty content sends an empty record, which httpd ignores but for its timer: it keeps a silent request alive.
   * Otherwise as `writeStdout`.
   */
  writeStderr(content: Buffer): boolean;
  /**
   * Sends the last STDOUT content and END_REQUEST in one write, without the empty STDOUT record that END_REQUEST implies;
   * then the output ends if the web server wants it and no other request is open. Nothing happens when the connection is
   * gone. Throws RequestEndedError when called twice.
   */
  end(lastContent?: Buffer, appStatus?: number, protocolStatus?: number): void;
  /** Destroys the connection without END_REQUEST, so that the truncation is visible; other requests on it are aborted. */
  abandon(): void;
}

/** What a request needs of its connection. */
export interface RequestChannel {
  write(parts: readonly Buffer[], callback?: () => void): boolean;
  /** Writes the request's last bytes and forgets its id. */
  finish(request: OpenRequest, parts: readonly Buffer[]): void;
  abandon(): void;
}

/** The connection's side of a request: streams in the order the protocol allows. Its other half is responder.ts. */
export class OpenRequest implements ResponderRequest {
  readonly id: number;
  readonly role: number;
  readonly keepConnection: boolean;
  params: ReadonlyMap<string, string> = noParams;
  onStdin?: ((chunk: Buffer) => void) | undefined;
  onStdinEnd?: (() => void) | undefined;
  onData?: ((chunk: Buffer) => void) | undefined;
  onDataEnd?: (() => void) | undefined;
  onAbort?: (() => void) | undefined;
  readonly #channel: RequestChannel;
  /** What of the request has not been received: every state includes that the streams before it are complete. */
  #receiving: 'params' | 'stdin' | 'data' | 'nothing' = 'params';
  #state: 'open' | 'aborted' | 'ended' | 'gone' = 'open';
  #assembly: ParamsAssembly | undefined;

  constructor(channel: RequestChannel, id: number, role: number, keepConnection: boolean) {
    this.#channel = channel;
    this.id = id;
    this.role = role;
    this.keepConnection = keepConnection;
  }

  get ended(): boolean {
    return this.#state === 'ended' || this.#state === 'gone';
  }

  /** Whether the owner knows the request. */
  get isAnnounced(): boolean {
    return this.#receiving !== 'params';
  }

  writeStdout(content: Buffer, callback?: () => void): boolean {
    if (!this.#canWrite('write STDOUT of')) return false;
    return this.#channel.write(encodeStream(RecordType.Stdout, this.id, content), callback);
  }

  writeStderr(content: Buffer): boolean {
    if (!this.#canWrite('write STDERR of')) return false;
    if (content.length === 0) return this.#channel.write([encodeHeader(RecordType.Stderr, this.id, 0, 0)]);
    return this.#channel.write(encodeStream(RecordType.Stderr, this.id, content));
  }

  end(
    lastContent: Buffer = EMPTY,
    appStatus = 0,
    protocolStatus: number = ProtocolStatus.RequestComplete,
  ): void {
    if (!this.#canWrite('end')) return;
    this.#state = 'ended';
    const end = { requestId: this.id, appStatus, protocolStatus };
    const parts =
      lastContent.length > 0 && lastContent.length <= COALESCE_BYTES
        ? [encodeLast(lastContent, end)]
        : [...encodeStream(RecordType.Stdout, this.id, lastContent), encodeEndRequest(end)];
    this.#channel.finish(this, parts);
  }

  abandon(): void {
    if (this.ended) return;
    this.#state = 'gone';
    this.#channel.abandon();
  }

  /** Returns true when PARAMS is complete and the request can be announced. */
  receiveParams(content: Buffer): boolean {
    if (this.#receiving !== 'params') {
      requireEmpty('PARAMS', content);
      return false;
    }
    if (content.length > 0) {
      this.#assembly ??= new ParamsAssembly();
      this.#assembly.add(content);
      return false;
    }
    this.params = this.#assembly?.decode() ?? noParams;
    this.#assembly = undefined;
    this.#receiving = 'stdin';
    return true;
  }

  receiveStdin(content: Buffer): void {
    if (this.#receiving === 'params')
      throw new ProtocolError('STDIN before the end of PARAMS', 'PARAMS (§6.2)');
    if (this.#receiving !== 'stdin') {
      requireEmpty('STDIN', content);
      return;
    }
    if (content.length > 0) {
      this.onStdin?.(content);
      return;
    }
    this.#receiving = this.role === Role.Filter ? 'data' : 'nothing';
    this.onStdinEnd?.();
  }

  receiveData(content: Buffer): void {
    if (this.role !== Role.Filter)
      throw new ProtocolError(`DATA for role ${this.role}`, 'it for a FILTER only (§6.4)');
    if (this.#receiving === 'nothing') {
      requireEmpty('DATA', content);
      return;
    }
    if (this.#receiving !== 'data') throw new ProtocolError('DATA before the end of STDIN', 'STDIN (§6.4)');
    if (content.length > 0) {
      this.onData?.(content);
      return;
    }
    this.#receiving = 'nothing';
    this.onDataEnd?.();
  }

  receiveAbort(): void {
    if (this.#state !== 'open') return;
    this.#state = 'aborted';
    // Nobody else would answer for a request that its owner has not seen. FastCGI §5.4.
    if (this.isAnnounced) this.onAbort?.();
    else this.end();
  }

  /** The connection is gone. */
  lose(): void {
    const isNews = this.#state === 'open' && this.isAnnounced;
    this.#state = 'gone';
    if (isNews) this.onAbort?.();
  }

  #canWrite(attempted: string): boolean {
    if (this.#state === 'ended') throw new RequestEndedError(attempted, this.id);
    return this.#state !== 'gone';
  }
}

const noParams: ReadonlyMap<string, string> = new Map();

/** One STDOUT record and END_REQUEST in one buffer: what most responses consist of. */
function encodeLast(
  content: Buffer,
  end: { readonly requestId: number; readonly appStatus: number; readonly protocolStatus: number },
): Buffer {
  const endOffset = HEADER_BYTES + content.length;
  const bytes = Buffer.allocUnsafe(endOffset + HEADER_BYTES + BODY_BYTES);
  writeHeader(bytes, 0, RecordType.Stdout, end.requestId, content.length, 0);
  bytes.set(content, HEADER_BYTES);
  writeEndRequest(bytes, endOffset, end.requestId, end.appStatus, end.protocolStatus);
  return bytes;
}

/** A stream's terminator may come twice; bytes after it belong to nobody. FastCGI §3.3. */
function requireEmpty(stream: string, content: Buffer): void {
  if (content.length > 0) throw new ProtocolError(`${stream} after its end`, 'no more of it (§3.3)');
}
