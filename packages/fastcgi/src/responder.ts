import {
  MAX_CONNECTIONS,
  MAX_REQUESTS_PER_CONNECTION,
  NULL_REQUEST_ID,
  ProtocolStatus,
  RecordType,
  Role,
  SharedRecordType,
  WINDOW_BYTES,
} from './constants.ts';
import type { Lender, LoanTerms } from './loan.ts';
import { LimitExceededError, ProtocolError } from './errors.ts';
import { answerManagement, asksForSharing } from './management.ts';
import { type ResponderOutput, writeParts } from './output.ts';
import { RecordParser } from './record-parser.ts';
import {
  decodeBeginRequest,
  decodeNumber,
  decodeNumberPair,
  encodeEndRequest,
  type FastCgiRecord,
} from './record.ts';
import { OpenRequest, type RequestChannel, type ResponderRequest } from './responder-request.ts';
import type { SentCallback } from './sent-callback.ts';

/** How a connection of the application behaves. */
export interface ResponderOptions {
  /** Called when the PARAMS of a request are complete; assigns the request's handlers before it returns. */
  onRequest(request: ResponderRequest): void;
  /** Requests open at once on this connection, MAX_REQUESTS_PER_CONNECTION by default; one more is refused with CantMpxConn. */
  readonly maxRequests?: number;
  /** What GET_VALUES answers for FCGI_MAX_CONNS, MAX_CONNECTIONS by default. */
  readonly maxConnections?: number;
  /** Has the connections behind the peer of a shared connection; absent: none may be lent. */
  readonly lender?: Lender;
  /** A request wants no STDIN for now: stop feeding `push` until as many `resume`. Not called on a shared connection. */
  pause?(): void;
  resume?(): void;
  /** Told why the connection is destroyed, after its requests were aborted. */
  onProtocolError?(error: ProtocolError | LimitExceededError): void;
}

/**
 * One connection, application side: records in, requests out, responses back. Its owner feeds `push` with what arrives
 * and calls `closed` when the transport has closed. Its other half is client.ts.
 */
export class ResponderConnection {
  readonly #output: ResponderOutput;
  readonly #options: ResponderOptions;
  readonly #maxRequests: number;
  readonly #requests = new Map<number, OpenRequest>();
  readonly #parser = new RecordParser((record) => {
    this.#receive(record);
  });
  #channel: RequestChannel;
  /** Its PARAMS are not complete, and lie in the chunk being read. */
  #assembling: OpenRequest | undefined;
  /** `closing`: a request without KEEP_CONN was begun, so the output ends with the last open request. FastCGI §5.1. */
  #state: 'open' | 'closing' | 'ended' | 'destroyed' = 'open';

  constructor(output: ResponderOutput, options: ResponderOptions) {
    this.#output = output;
    this.#options = options;
    this.#maxRequests = options.maxRequests ?? MAX_REQUESTS_PER_CONNECTION;
    this.#channel = {
      isShared: false,
      lender: options.lender,
      write: (parts, callback) => this.#write(parts, callback),
      finish: (request, parts, callback) => {
        this.#finish(request, parts, callback);
      },
      abandon: () => {
        this.#destroy();
      },
      pause: () => {
        this.#options.pause?.();
      },
      resume: () => {
        this.#options.resume?.();
      },
    };
  }

  /**
   * Takes what arrived, in any chunking; the bytes may change afterwards. A peer that breaks the protocol gets the
   * output destroyed; only what a handler of the owner throws is thrown, and destroys the output too.
   */
  push(chunk: Buffer): void {
    try {
      this.#parser.push(chunk);
      this.#keepParams();
    } catch (error) {
      this.#destroy();
      if (!(error instanceof ProtocolError) && !(error instanceof LimitExceededError)) throw error;
      this.#options.onProtocolError?.(error);
    }
  }

  /** The transport has closed: every open request is aborted, and nothing is written any more. */
  closed(): void {
    if (this.#state === 'destroyed') return;
    this.#state = 'destroyed';
    this.#loseRequests();
  }

  #receive(record: FastCgiRecord): void {
    if (record.requestId === NULL_REQUEST_ID) {
      this.#manage(record);
      return;
    }
    // No such request: what is left of one that we ended before the web server did (httpd sends no terminator then).
    const request = this.#requests.get(record.requestId);
    switch (record.type) {
      case RecordType.BeginRequest:
        this.#begin(record, request);
        return;
      case RecordType.Params:
        if (request !== undefined) this.#receiveParams(request, record);
        return;
      case RecordType.Stdin:
        request?.receiveStdin(record.content);
        return;
      case RecordType.Data:
        request?.receiveData(record.content);
        return;
      case RecordType.AbortRequest:
        request?.receiveAbort();
        return;
      default:
        this.#receiveShared(record, request);
    }
  }

  #receiveParams(request: OpenRequest, record: FastCgiRecord): void {
    if (request !== this.#assembling) this.#keepParams();
    this.#assembling = request;
    if (!request.receiveParams(record.content)) return;
    this.#assembling = undefined;
    this.#options.onRequest(request);
  }

  #keepParams(): void {
    this.#assembling?.keepParams();
    this.#assembling = undefined;
  }

  /** Without the agreement its records are as unknown as any other. */
  #receiveShared(record: FastCgiRecord, request: OpenRequest | undefined): void {
    const type = this.#channel.isShared ? record.type : undefined;
    if (type === SharedRecordType.Credit) request?.receiveCredit(decodeNumber(record.content));
    else if (type === SharedRecordType.Gone) request?.receiveGone();
    else if (type === SharedRecordType.Refuse) request?.receiveRefusal();
    else if (type === SharedRecordType.Lend) request?.receiveTerms(decodeTerms(record.content));
    else if (type === SharedRecordType.Remainder) request?.receiveRemainder(record.content);
    else if (type === SharedRecordType.LendBody) request?.receiveBodyTerms(decodeTerms(record.content));
    else
      throw new ProtocolError(
        `record type ${record.type} for request ${record.requestId}`,
        'types 1, 2, 4, 5, 8 (§3.3)',
      );
  }

  #manage(record: FastCgiRecord): void {
    // Requests that are open keep the rules they were begun under.
    if (!this.#channel.isShared && asksForSharing(record))
      this.#channel = { ...this.#channel, isShared: true };
    const maxConnections = this.#options.maxConnections ?? MAX_CONNECTIONS;
    const capacity = { maxConnections, maxRequests: this.#maxRequests, windowBytes: WINDOW_BYTES };
    this.#output.write(answerManagement(record, capacity));
  }

  #begin(record: FastCgiRecord, open: OpenRequest | undefined): void {
    const id = record.requestId;
    if (open !== undefined)
      throw new ProtocolError(`BEGIN_REQUEST for open request ${id}`, 'an id not in use (§3.3)');
    const { role, keepConnection } = decodeBeginRequest(record.content);
    if (!keepConnection) this.#state = 'closing';
    const refusal = this.#findRefusal(role);
    if (refusal === undefined)
      this.#requests.set(id, new OpenRequest(this.#channel, id, role, keepConnection));
    else this.#refuse(id, refusal);
  }

  #findRefusal(role: number): number | undefined {
    if (role < Role.Responder || role > Role.Filter) return ProtocolStatus.UnknownRole;
    const isFull = !this.#channel.isShared && this.#requests.size >= this.#maxRequests;
    return isFull ? ProtocolStatus.CantMpxConn : undefined;
  }

  #refuse(requestId: number, protocolStatus: number): void {
    this.#output.write(encodeEndRequest({ requestId, appStatus: 0, protocolStatus }));
    this.#endIfLast();
  }

  #write(parts: readonly Buffer[], callback?: SentCallback): boolean {
    return writeParts(this.#output, parts, callback);
  }

  #finish(request: OpenRequest, parts: readonly Buffer[], callback?: SentCallback): void {
    this.#requests.delete(request.id);
    this.#write(parts, callback);
    this.#endIfLast();
  }

  #endIfLast(): void {
    if (this.#state !== 'closing' || this.#requests.size > 0) return;
    this.#state = 'ended';
    this.#parser.stop();
    this.#output.end();
  }

  #destroy(): void {
    if (this.#state === 'destroyed') return;
    this.#state = 'destroyed';
    this.#output.destroy();
    this.#loseRequests();
  }

  #loseRequests(): void {
    this.#parser.stop();
    const lost = [...this.#requests.values()];
    this.#requests.clear();
    for (const request of lost) request.lose();
  }
}

function decodeTerms(content: Buffer): LoanTerms {
  const [connection, requestId] = decodeNumberPair(content);
  return { connection, requestId };
}
