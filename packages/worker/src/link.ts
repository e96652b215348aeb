import type { Duplex } from 'node:stream';

import {
  EMPTY,
  ProtocolStatus,
  ResponderConnection,
  type ResponderRequest,
  Role,
} from '@httpd-express/fastcgi';

import { callApp } from './call-app.ts';
import { BadCgiRequestError } from './errors.ts';
import { LinkOutput } from './link-output.ts';
import { type RequestLink, ServedRequest, type ServeContext } from './served-request.ts';
import { runInRequest } from './request-context.ts';
import { publishRequestStart } from './request-channels.ts';

/** One connection from the bridge: a complete FastCGI responder over a stream. */
export class Link implements RequestLink {
  readonly #context: ServeContext;
  readonly #connection: ResponderConnection;
  readonly #output: LinkOutput;
  #openRequests = 0;
  #pauses = 0;
  #isRetiring = false;

  /** Takes over the stream. */
  constructor(stream: Duplex, context: ServeContext) {
    this.#context = context;
    this.#output = new LinkOutput(stream);
    this.#connection = new ResponderConnection(this.#output, {
      ...(context.lender && { lender: context.lender }),
      onRequest: (request) => {
        this.#serve(request);
      },
      pause: () => {
        if (this.#pauses++ === 0) stream.pause();
      },
      resume: () => {
        if (--this.#pauses === 0) stream.resume();
      },
      onProtocolError: (error) => {
        context.log(`dropped a connection: ${error.message} code=${error.code}`);
      },
    });
    stream.on('data', (chunk: Buffer) => {
      this.#connection.push(chunk);
    });
    // A bridge that is done writing is done reading, too.
    stream.on('end', () => stream.destroy());
    stream.on('error', ignore); // `close` follows
    stream.on('close', () => {
      this.#connection.closed();
    });
  }

  /** Ends the connection after its last open request. */
  retire(): void {
    this.#isRetiring = true;
    this.#endIfRetired();
  }

  release(): void {
    this.#openRequests--;
    this.#endIfRetired();
  }

  #serve(request: ResponderRequest): void {
    if (request.role !== Role.Responder) {
      request.end(EMPTY, 0, ProtocolStatus.UnknownRole);
      return;
    }
    const served = this.#createServed(request);
    if (served === undefined) return;
    this.#openRequests++;
    const { req, res, server } = served;
    runInRequest(served.context, () => {
      publishRequestStart(served);
      const isExpecting = request.params.has('HTTP_EXPECT') && server.listenerCount('checkContinue') > 0;
      callApp(() => {
        server.emit(isExpecting ? 'checkContinue' : 'request', req, res);
      });
      served.begun();
    });
  }

  #createServed(request: ResponderRequest): ServedRequest | undefined {
    try {
      return new ServedRequest(request, this, this.#context);
    } catch (error) {
      if (!(error instanceof BadCgiRequestError)) throw error;
      this.#context.log(`answered 400: ${error.message} code=${error.code}`);
      request.end(badRequest);
      return undefined;
    }
  }

  #endIfRetired(): void {
    if (this.#isRetiring && this.#openRequests === 0) this.#output.end();
  }
}

const badRequest = Buffer.from(
  'Status: 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 12\r\n\r\nBad Request\n',
  'latin1',
);

function ignore(): void {
  // nothing to do
}
