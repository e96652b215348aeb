import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import type { Lender, ResponderRequest } from '@httpd-express/fastcgi';

import { callApp } from './call-app.ts';
import { type CgiRequest, type CgiVariables, parseCgiRequest } from './cgi-request.ts';
import { RequestAbortedError } from './errors.ts';
import { findHandler, type Handlers } from './handlers.ts';
import { createIncomingMessage } from './incoming-message.ts';
import { detachAbortSignal, takeNeedDrain } from './node-internals.ts';
import type { OverdueRequests } from './overdue-requests.ts';
import { RequestContext, runInRequest } from './request-context.ts';
import { hasReader, RequestBody } from './request-body.ts';
import { publishResponseFinish } from './request-channels.ts';
import { RequestSocket, type SocketOwner } from './request-socket.ts';
import { ResponseOutput } from './response-output.ts';
import { createServerResponse } from './server-response.ts';
import type { ReadForwarded } from './trusted-proxy.ts';

/** The connection a request came in on, as far as one request may use it. */
export interface RequestLink {
  /** The request needs the connection no more. */
  release(): void;
}

/** What requests are served with. */
export interface ServeContext {
  /** Requests are emitted on it. */
  readonly server: Server;
  /** What answers in place of `server` for files that httpd has found. */
  readonly handlers?: Handlers;
  /** `/`, or a prefix without a trailing slash that is stripped from `req.url`. */
  readonly mountPoint: string;
  /** Told of responses whose deadline has passed. */
  readonly overdue: OverdueRequests;
  readonly readForwarded: ReadForwarded;
  /** Where long responses borrow httpd's connection; absent: nowhere. */
  readonly lender?: Lender;
  /** Takes one line for the log. */
  log(line: string): void;
}

/** How long what is answered waits for a reader that has stopped: the client gets the end of the answer only then. */
const STALLED_READER_MS = 500;

/** The life of one request, from its variables to END_REQUEST, with the `req` and `res` that the app sees of it. */
export class ServedRequest implements SocketOwner {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly output: ResponseOutput;
  readonly server: Server;
  readonly variables: CgiVariables;
  readonly context: RequestContext;
  readonly #request: ResponderRequest;
  readonly #link: RequestLink;
  readonly #context: ServeContext;
  readonly #socket: RequestSocket;
  readonly #body: RequestBody;
  /** `answered`: the app has ended the response, and somebody still reads the request. `ended`: END_REQUEST is out. */
  #state: 'open' | 'answered' | 'ended' = 'open';
  #isFinished = false;
  #stalled: NodeJS.Timeout | undefined;

  /** Throws BadCgiRequestError when the variables make no request. */
  constructor(request: ResponderRequest, link: RequestLink, context: ServeContext) {
    const handler = context.handlers && findHandler(context.handlers, request.params);
    const { variables, prefix } = context.readForwarded(handler?.variables ?? request.params);
    // A file is where its URL says, whatever the app is mounted under.
    const cgi: CgiRequest = parseCgiRequest(variables, handler ? '/' : context.mountPoint, prefix);
    this.variables = variables;
    this.#request = request;
    this.#link = link;
    this.#context = context;
    this.context = new RequestContext(variables);
    this.server = handler?.server ?? context.server;
    this.output = new ResponseOutput(request, this);
    this.#socket = new RequestSocket(this);
    this.req = createIncomingMessage(cgi, this.#socket);
    this.res = createServerResponse(this.req, this.#socket);
    this.#body = new RequestBody(this.req, cgi.contentLength, this);
    this.#receive();
    const { timeout } = this.server;
    if (timeout > 0)
      runInRequest(this.context, () => {
        this.#socket.setTimeout(timeout);
      });
  }

  /** A request that announces no byte is complete once the app has seen it, as in plain Node. */
  begun(): void {
    if (this.#body.expectedBytes !== 0) return;
    callApp(() => {
      this.#body.end();
    });
  }

  /** Takes one line for the log; the target is the client's, whatever routers make of `req.url`. */
  log(line: string): void {
    const { variables } = this;
    this.#context.log(
      `${line} method=${variables.get('REQUEST_METHOD') ?? ''} url=${variables.get('REQUEST_URI') ?? ''}`,
    );
  }

  /** `prefinish` of `res`: the app has ended the response. */
  endResponse(): void {
    if (this.#socket.destroyed) return;
    const { missingBytes } = this.output;
    if (missingBytes > 0) {
      this.log(`dropped a response that ended before its Content-Length missing=${missingBytes}`);
      this.giveUp(null);
      return;
    }
    // httpd stops sending the request at END_REQUEST.
    const isBeingRead = !this.req.complete && hasReader(this.req);
    this.#state = isBeingRead ? 'answered' : 'ended';
    if (!isBeingRead && !this.variables.has('HTTP_TRANSFER_ENCODING')) this.#body.completeEmpty();
    this.output.finish(!isBeingRead);
    if (isBeingRead && this.#socket.isPaused()) this.#watchReader();
  }

  /** `finish` of `res`: the response has left. */
  responseFinished(): void {
    publishResponseFinish(this);
    this.#isFinished = true;
    if (this.#state === 'ended') this.#conclude();
  }

  moved(): void {
    this.#socket.refreshTimeout();
  }

  /** The app writes faster than the peer reads; now it may write on. */
  drained(): void {
    if (!this.res.writableEnded && takeNeedDrain(this.res)) this.res.emit('drain');
  }

  /** The app has not read what came. */
  bodyFull(): void {
    this.#socket.pause();
  }

  /** The last byte of the request has come. */
  bodyComplete(): void {
    this.#endAnswered();
  }

  /** Fewer or more bytes came than announced. */
  bodyBroken(): void {
    this.giveUp(null);
  }

  pauseReading(): void {
    this.#request.pauseStdin();
    if (this.#state === 'answered') this.#watchReader();
  }

  resumeReading(): void {
    clearTimeout(this.#stalled);
    this.#request.resumeStdin();
  }

  /** The peer gave the request up, or is gone. */
  lost(): void {
    if (this.#socket.destroyed) return;
    this.#leave();
    if (!this.#request.ended) {
      // ABORT_REQUEST, which the bridge sends at the request's deadline, wants an answer. FastCGI §5.4
      this.#context.overdue.add(this.res);
      this.#request.end();
    }
    this.#abort(null);
  }

  /** Gives the request up: the connection goes with it, so that nobody takes what was sent for a whole response. */
  giveUp(error: Error | null): void {
    this.#leave();
    if (this.#state === 'answered') this.#request.end();
    else this.#request.abandon();
    process.nextTick(() => {
      this.#abort(error);
    });
  }

  timedOut(): void {
    const { req, res, server } = this;
    const socket = this.#socket;
    const handled = [
      socket.emit('timeout'),
      !req.complete && req.emit('timeout', socket),
      res.emit('timeout', socket),
      server.emit('timeout', socket),
    ];
    if (!handled.includes(true)) socket.destroy();
  }

  /** httpd waits for END_REQUEST to end the answer, and for the request to be read: without a reader, for ever. */
  #watchReader(): void {
    clearTimeout(this.#stalled);
    this.#stalled = setTimeout(() => {
      this.#endAnswered();
    }, STALLED_READER_MS);
  }

  #endAnswered(): void {
    if (this.#state !== 'answered') return;
    this.#state = 'ended';
    this.#request.end();
    if (this.#isFinished) this.#conclude();
  }

  #receive(): void {
    // Events of the body are the request's as much as its beginning is.
    const onStdin = (chunk: Buffer): void => {
      this.#socket.received(chunk.length);
      this.#callApp(() => {
        this.#body.push(chunk);
      });
    };
    const onStdinEnd = (): void => {
      if (this.#body.isFinished) return; // nothing to say, and the context of the request costs
      this.#callApp(() => {
        this.#body.end();
      });
    };
    const onAbort = (): void => {
      this.#callApp(() => {
        this.lost();
      });
    };
    // Not assigned where they are written: V8 puts such functions into old space at once, in the hope that they become
    // methods, and everything that they refer to stays until the next full collection.
    this.#request.onStdin = onStdin;
    this.#request.onStdinEnd = onStdinEnd;
    this.#request.onAbort = onAbort;
  }

  #callApp(run: () => void): void {
    runInRequest(this.context, () => {
      callApp(run);
    });
  }

  /** Both directions are complete. Listeners of the response's `finish` come first. */
  #conclude(): void {
    process.nextTick(concludeRequest, this);
  }

  /** For the tick only. */
  conclude(): void {
    if (this.#socket.destroyed) return;
    this.#leave();
    this.#close();
  }

  #close(): void {
    detachAbortSignal(this.req);
    this.#body.drop();
    this.#socket.emitClose();
    this.res.detachSocket(this.#socket as never);
  }

  #leave(): void {
    this.#socket.retire();
    this.#link.release();
  }

  #abort(error: Error | null): void {
    if (this.#state === 'ended' && this.#isFinished) {
      this.#close(); // nothing is lost
      return;
    }
    const socket = this.#socket;
    socket.errored = error;
    socket._hadError = true; // keeps Node from emitting `finish` for what never left
    if (error !== null && socket.listenerCount('error') > 0) socket.emit('error', error);
    this.req.destroy(new RequestAbortedError());
    socket.emitClose();
  }
}

function concludeRequest(served: ServedRequest): void {
  served.conclude();
}
