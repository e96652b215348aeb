import {
  type BeginRequest,
  encodeBeginRequest,
  encodeNameValues,
  encodeRecord,
  type LimitExceededError,
  type NameValue,
  type ProtocolError,
  RecordType,
  ResponderConnection,
  type ResponderOptions,
  type ResponderRequest,
  Role,
  SHARING,
} from '../src/index.ts';
import { RecordedOutput } from './recorded-output.ts';

/** A connection whose requests are written down as they happen. */
export class LoggedResponder {
  readonly output = new RecordedOutput();
  readonly requests: ResponderRequest[] = [];
  /** `ID event detail`, in the order of events; consecutive bodies of one stream are joined. */
  readonly log: string[] = [];
  readonly errors: (ProtocolError | LimitExceededError)[] = [];
  readonly connection: ResponderConnection;

  constructor(
    options: Partial<ResponderOptions> = {},
    onRequest: (request: ResponderRequest) => void = () => undefined,
  ) {
    this.connection = new ResponderConnection(this.output, {
      ...options,
      onRequest: (request) => {
        this.#follow(request);
        onRequest(request);
      },
      onProtocolError: (error) => this.errors.push(error),
    });
  }

  /** The request that was announced last. */
  get request(): ResponderRequest {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error('no request was announced');
    return request;
  }

  /** As from a socket that reads into the same buffer again. */
  push(...chunks: readonly Buffer[]): this {
    for (const chunk of chunks) {
      const read = Buffer.from(chunk);
      this.connection.push(read);
      read.fill(0xff);
    }
    return this;
  }

  #follow(request: ResponderRequest): void {
    this.requests.push(request);
    const { id } = request;
    const params = [...request.params].map(([name, value]) => `${name}=${value}`).join('&');
    this.log.push(`${id} request ${params}`);
    request.onStdin = (chunk) => {
      this.#append(`${id} stdin `, chunk);
    };
    request.onData = (chunk) => {
      this.#append(`${id} data `, chunk);
    };
    request.onStdinEnd = () => this.log.push(`${id} stdin end`);
    request.onDataEnd = () => this.log.push(`${id} data end`);
    request.onAbort = () => this.log.push(`${id} abort`);
  }

  #append(prefix: string, chunk: Buffer): void {
    const text = chunk.toString('latin1');
    const last = this.log.at(-1);
    if (last?.startsWith(`${prefix}"`)) this.log[this.log.length - 1] = last + text;
    else this.log.push(`${prefix}"${text}`);
  }
}

/** BEGIN_REQUEST for a kept-alive RESPONDER, unless told otherwise. */
export function begin(requestId: number, options: Partial<BeginRequest> = {}): Buffer {
  return encodeBeginRequest({ requestId, role: Role.Responder, keepConnection: true, ...options });
}

/** GET_VALUES by which requests share the connection. */
export const agreement = encodeRecord(RecordType.GetValues, 0, encodeNameValues([[SHARING, '']]));

/** The whole PARAMS stream. */
export function params(requestId: number, pairs: readonly NameValue[] = []): Buffer {
  return Buffer.concat([
    pairs.length === 0
      ? Buffer.alloc(0)
      : encodeRecord(RecordType.Params, requestId, encodeNameValues(pairs)),
    encodeRecord(RecordType.Params, requestId),
  ]);
}

/** One record of STDIN; empty ends it. */
export function stdin(requestId: number, text = ''): Buffer {
  return encodeRecord(RecordType.Stdin, requestId, Buffer.from(text, 'latin1'));
}

/** One record of DATA; empty ends it. */
export function data(requestId: number, text = ''): Buffer {
  return encodeRecord(RecordType.Data, requestId, Buffer.from(text, 'latin1'));
}

export function abort(requestId: number): Buffer {
  return encodeRecord(RecordType.AbortRequest, requestId);
}
