import {
  ABANDONED,
  BODY_BYTES,
  COALESCE_BYTES,
  HEADER_BYTES,
  ProtocolStatus,
  RecordType,
  Role,
} from './constants.ts';
import { ConnectionClosedError, ProtocolError, RequestEndedError } from './errors.ts';
import type { LoanTerms } from './loan.ts';
import { ParamsAssembly } from './params-assembly.ts';
import {
  buffersOf,
  type Content,
  EMPTY,
  encodeEndRequest,
  encodeHeader,
  encodeStream,
  type EndRequest,
  writeEndRequest,
  writeHeader,
} from './record.ts';
import { type StdinChannel, StdinInput, type StdinOwner } from './stdin-input.ts';
import { type StdoutChannel, StdoutOutput, type StdoutOwner } from './stdout-output.ts';
import type { SentCallback } from './sent-callback.ts';

/**
 * One request, as its owner in the application sees it. The handlers are assigned inside `onRequest`; what arrives while
 * one is missing is dropped. They are called synchronously, `onStdin` with memory that is the request's alone, `onData` with
 * what may change afterwards.
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
   * False means back-pressure: wait for the callback. When the connection is gone the content is dropped, the answer is
   * false and there is no callback. Throws RequestEndedError after `end`.
   */
  writeStdout(content: Content, callback?: SentCallback): boolean;
  /**
   * Sends STDERR. Empty content sends an empty record, which httpd ignores but for its timer: it keeps a silent request alive.
   * Otherwise as `writeStdout`.
   */
  writeStderr(content: Buffer): boolean;
  /**
   * Sends the last STDOUT content and END_REQUEST in one write, without the empty STDOUT record that END_REQUEST implies;
   * then the output ends if the web server wants it and no other request is open. Nothing happens when the connection is
   * gone, and there is no callback. Throws RequestEndedError when called twice.
   */
  end(lastContent?: Content, appStatus?: number, protocolStatus?: number, callback?: SentCallback): void;
  /**
   * Makes the truncation of the response visible: destroys the connection without END_REQUEST, and aborts the other
   * requests on it; on a shared one, ends the request with ABANDONED.
   */
  abandon(): void;
  /** Wants no more STDIN for now. A little of it may still come. */
  pauseStdin(): void;
  resumeStdin(): void;
}

/** What a request needs of its connection. */
export interface RequestChannel extends StdinChannel, StdoutChannel {
  write(parts: readonly Buffer[], callback?: SentCallback): boolean;
  /** Writes the request's last bytes and forgets its id. */
  finish(request: OpenRequest, parts: readonly Buffer[], callback?: SentCallback): void;
}

/** The connection's side of a request: streams in the order the protocol allows. Its other half is responder.ts. */
export class OpenRequest implements ResponderRequest, StdinOwner, StdoutOwner {
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
  readonly #stdout: StdoutOutput;
  /** How the owner has ended it. */
  #end: EndRequest = COMPLETE;
  /** Of one that has a body. */
  #stdin: StdinInput | undefined;

  constructor(channel: RequestChannel, id: number, role: number, keepConnection: boolean) {
    this.#channel = channel;
    this.id = id;
    this.role = role;
    this.keepConnection = keepConnection;
    this.#stdout = new StdoutOutput(channel, this);
  }

  get ended(): boolean {
    return this.#state === 'ended' || this.#state === 'gone';
  }

  /** Whether the owner knows the request. */
  get isAnnounced(): boolean {
    return this.#receiving !== 'params';
  }

  writeStdout(content: Content, callback?: SentCallback): boolean {
    return this.#canWrite('write STDOUT of') && this.#stdout.write(content, callback);
  }

  writeStderr(content: Buffer): boolean {
    if (!this.#canWrite('write STDERR of')) return false;
    if (content.length === 0) return this.#channel.write([encodeHeader(RecordType.Stderr, this.id, 0, 0)]);
    return this.#channel.write(encodeStream(RecordType.Stderr, this.id, content));
  }

  end(
    lastContent: Content = EMPTY,
    appStatus = 0,
    protocolStatus: number = ProtocolStatus.RequestComplete,
    callback?: SentCallback,
  ): void {
    if (!this.#canWrite('end')) return;
    this.#state = 'ended';
    this.#end = { appStatus, protocolStatus };
    this.#stdin?.end();
    this.#stdout.end(lastContent, callback);
  }

  abandon(): void {
    if (this.ended) return;
    this.#state = 'gone';
    this.#stdin?.end();
    this.#stdout.drop(new ConnectionClosedError(this.id));
    if (this.#channel.isShared) this.#finish({ appStatus: 0, protocolStatus: ABANDONED });
    else this.#channel.abandon();
  }

  pauseStdin(): void {
    this.#input.pause();
  }

  resumeStdin(): void {
    this.#input.resume();
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

  /** What has come of PARAMS may change afterwards. */
  keepParams(): void {
    this.#assembly?.keep();
  }

  receiveStdin(content: Buffer): void {
    if (this.#receiving === 'params')
      throw new ProtocolError('STDIN before the end of PARAMS', 'PARAMS (§6.2)');
    if (this.#receiving !== 'stdin') {
      requireEmpty('STDIN', content);
      return;
    }
    if (content.length > 0) {
      this.#input.receive(content);
      return;
    }
    this.endStdin();
  }

  /** What the peer has read of the connection that it is about to lend. */
  receiveRemainder(content: Buffer): void {
    this.#input.receiveRemainder(content);
  }

  /** The peer lends the connection that STDIN comes on. */
  receiveBodyTerms(terms: LoanTerms): void {
    this.#input.receiveTerms(terms);
  }

  takeStdin(content: Buffer): void {
    this.onStdin?.(content);
  }

  endStdin(): void {
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
    this.#stdin?.drop();
    // Nobody else would answer for a request that its owner has not seen. FastCGI §5.4.
    if (this.isAnnounced) this.onAbort?.();
    else this.end();
  }

  /** The peer has room for more of STDOUT. */
  receiveCredit(bytes: number): void {
    this.#stdout.takeCredit(bytes);
  }

  /** The connection behind the peer is lent. */
  receiveTerms(terms: LoanTerms): void {
    this.#stdout.receiveTerms(terms);
  }

  /** It is not. */
  receiveRefusal(): void {
    this.#stdout.receiveRefusal();
  }

  /** Nobody wants the response: the peer of a shared connection is told that nothing more will come. */
  receiveGone(): void {
    this.lose();
    this.#finish(COMPLETE);
  }

  endStdout(lastContent: Content, callback?: SentCallback): void {
    this.#finish(this.#end, lastContent, callback);
  }

  /** The connection is gone. */
  lose(): void {
    const isNews = this.#state === 'open' && this.isAnnounced;
    this.#state = 'gone';
    this.#stdin?.drop();
    this.#stdout.drop(new ConnectionClosedError(this.id));
    if (isNews) this.onAbort?.();
  }

  #finish(end: EndRequest, lastContent: Content = EMPTY, callback?: SentCallback): void {
    const last = { requestId: this.id, ...end };
    const [only = EMPTY, ...more] = buffersOf(lastContent);
    const parts =
      more.length === 0 && only.length > 0 && only.length <= COALESCE_BYTES
        ? [encodeLast(only, last)]
        : [...encodeStream(RecordType.Stdout, this.id, lastContent), encodeEndRequest(last)];
    this.#channel.finish(this, parts, callback);
  }

  get #input(): StdinInput {
    return (this.#stdin ??= new StdinInput(this.#channel, this));
  }

  #canWrite(attempted: string): boolean {
    if (this.#state === 'ended') throw new RequestEndedError(attempted, this.id);
    return this.#state !== 'gone';
  }
}

const COMPLETE: EndRequest = { appStatus: 0, protocolStatus: ProtocolStatus.RequestComplete };
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
