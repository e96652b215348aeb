import { MAX_REQUEST_ID, NULL_REQUEST_ID, RecordType, Role } from './constants.ts';
import { ClientRequest, type ClientRequestOptions } from './client-request.ts';
import { ProtocolError } from './errors.ts';
import { decodeNameValueMap, encodeNameValues, type NameValue } from './name-value.ts';
import { type ResponderOutput, writeParts } from './output.ts';
import { RecordParser } from './record-parser.ts';
import {
  decodeEndRequest,
  decodeUnknownType,
  encodeBeginRequest,
  encodeRecord,
  encodeStream,
  type FastCgiRecord,
} from './record.ts';

/** Who hears of the records that belong to no request. */
export interface ClientOptions {
  /** Answer to `getValues`: the variables the application knows. */
  onValues?(values: ReadonlyMap<string, string>): void;
  /** The application does not know a management type that it was sent. */
  onUnknownType?(type: number): void;
  /** Told why the connection is destroyed, after its requests have heard of it. */
  onProtocolError?(error: ProtocolError): void;
}

/**
 * One connection, web-server side: sends requests, several at once if the application can, and reads responses. Its owner
 * feeds `push` with what arrives and calls `closed` when the transport has closed. Its other half is responder.ts.
 */
export class ClientConnection {
  readonly #output: ResponderOutput;
  readonly #options: ClientOptions;
  readonly #requests = new Map<number, ClientRequest>();
  readonly #parser = new RecordParser((record) => {
    this.#receive(record);
  });

  constructor(output: ResponderOutput, options: ClientOptions = {}) {
    this.#output = output;
    this.#options = options;
  }

  /** Sends a request under the lowest free id, everything known of it in one write. */
  request(options: ClientRequestOptions): ClientRequest {
    const id = this.#takeId();
    const request = new ClientRequest(id, options, (parts, callback) =>
      writeParts(this.#output, parts, callback),
    );
    this.#requests.set(id, request);
    writeParts(this.#output, encodeRequest(id, options));
    return request;
  }

  /** Asks for variables (`ManagementVariable`); `onValues` hears the answer. FastCGI §4.1. */
  getValues(names: Iterable<string>): void {
    const content = encodeNameValues(Array.from(names, (name): NameValue => [name, '']));
    this.#output.write(encodeRecord(RecordType.GetValues, NULL_REQUEST_ID, content));
  }

  /** Takes what arrived, in any chunking. An application that breaks the protocol gets the output destroyed. */
  push(chunk: Buffer): void {
    try {
      this.#parser.push(chunk);
    } catch (error) {
      const cause = error instanceof ProtocolError ? error : undefined;
      this.#output.destroy();
      this.#loseRequests(cause);
      if (cause === undefined) throw error;
      this.#options.onProtocolError?.(cause);
    }
  }

  /** The transport has closed: every open request hears of it. */
  closed(): void {
    this.#loseRequests();
  }

  #takeId(): number {
    for (let id = 1; id <= MAX_REQUEST_ID; id += 1) if (!this.#requests.has(id)) return id;
    throw new RangeError(`cannot open a FastCGI request: all ${MAX_REQUEST_ID} ids are in use`);
  }

  #receive(record: FastCgiRecord): void {
    if (record.requestId === NULL_REQUEST_ID) this.#receiveManagement(record);
    else this.#receiveResponse(record, this.#getRequest(record));
  }

  #receiveManagement(record: FastCgiRecord): void {
    switch (record.type) {
      case RecordType.GetValuesResult:
        this.#options.onValues?.(decodeNameValueMap(record.content));
        return;
      case RecordType.UnknownType:
        this.#options.onUnknownType?.(decodeUnknownType(record.content));
        return;
      default:
        throw new ProtocolError(`management record type ${record.type}`, 'types 10, 11 (§4)');
    }
  }

  /** A stray record is the end of another response, or the start of an attack: it must not reach anyone. */
  #getRequest(record: FastCgiRecord): ClientRequest {
    const request = this.#requests.get(record.requestId);
    if (request !== undefined) return request;
    throw new ProtocolError(
      `record type ${record.type} for request ${record.requestId}`,
      'the id of an open request (§3.3)',
    );
  }

  #receiveResponse(record: FastCgiRecord, request: ClientRequest): void {
    switch (record.type) {
      case RecordType.Stdout:
        request.receiveStdout(record.content);
        return;
      case RecordType.Stderr:
        request.receiveStderr(record.content);
        return;
      case RecordType.EndRequest:
        this.#end(request, record);
        return;
      default:
        throw new ProtocolError(
          `record type ${record.type} for request ${record.requestId}`,
          'types 3, 6, 7 (§3.3)',
        );
    }
  }

  #end(request: ClientRequest, record: FastCgiRecord): void {
    const end = decodeEndRequest(record.content);
    this.#requests.delete(request.id);
    request.receiveEnd(end);
  }

  #loseRequests(cause?: Error): void {
    this.#parser.stop();
    const lost = [...this.#requests.values()];
    this.#requests.clear();
    for (const request of lost) request.lose(cause);
  }
}

function encodeRequest(requestId: number, options: ClientRequestOptions): Buffer[] {
  const { params, role = Role.Responder, keepConnection = false, stdin } = options;
  return [
    encodeBeginRequest({ requestId, role, keepConnection }),
    ...encodeStream(
      RecordType.Params,
      requestId,
      encodeNameValues(isIterable(params) ? params : Object.entries(params)),
    ),
    encodeRecord(RecordType.Params, requestId),
    ...(stdin === undefined ? [] : encodeStream(RecordType.Stdin, requestId, stdin)),
    ...(stdin === undefined ? [] : [encodeRecord(RecordType.Stdin, requestId)]),
  ];
}

function isIterable(params: ClientRequestOptions['params']): params is Iterable<NameValue> {
  return Symbol.iterator in params;
}
