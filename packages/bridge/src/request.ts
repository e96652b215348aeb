import {
  encodeRecord,
  encodeEndRequest,
  type FastCgiRecord,
  MAX_PARAMS_BYTES,
  ProtocolStatus,
  RecordType,
  Role,
} from '@httpd-express/fastcgi';

import { type DeadlineOwner } from './deadline.ts';
import { FileSender, findSendfileHead } from './file-sender.ts';
import { log } from './log.ts';
import { encodeOwnHead, encodeOwnResponse, type OwnReason, statusOf } from './own-response.ts';
import { RequestInput } from './request-input.ts';
import { RequestOutput } from './request-output.ts';
import { RequestParams } from './request-params.ts';
import { type HttpdSide, type Leaving, type RequestLink } from './request-sides.ts';
import { findSession, Greeting, type SessionQuery } from './sessions.ts';

/** Time after which a client that does not send or take bytes is one to wait for. */
const HELD_UP_MS = 100;
/** Silence after which a response that has begun is a stream that waits for something to tell. */
const IDLE_STREAM_MS = 1000;

/** What a request needs of the rest of the bridge. */
export interface RequestOwner {
  /** PARAMS are complete: find a worker, or queue, or refuse. */
  submit(request: BridgeRequest): void;
  /** It ended while it waited for a worker. */
  withdraw(request: BridgeRequest): void;
  /** What an answer of our own may say beyond its status; undefined but for developers. */
  explain(reason: OwnReason): string | undefined;
  readonly queueTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly maxBodyBytes: number;
  /** Directories of the files the app may name in X-Sendfile; none switches that off. */
  readonly sendfileRoots: readonly string[];
  readonly now: () => number;
  /** What httpd asks for, one of `Role`: answers, or as an authorizer whether a request is let in. */
  readonly role: number;
}

/**
 * One request from BEGIN_REQUEST to END_REQUEST: it holds what httpd sends until a worker is found, passes records both
 * ways, and answers by itself when no worker can. Its other half in the worker is `ResponderRequest`.
 */
export class BridgeRequest implements DeadlineOwner {
  readonly id: number;
  readonly #owner: RequestOwner;
  readonly #httpd: HttpdSide;
  readonly #params = new RequestParams();
  readonly #toWorker: RequestInput;
  readonly #toHttpd: RequestOutput;
  #link: RequestLink | undefined;
  /** `complete`: PARAMS are, and the beginning or end of STDIN is to come. */
  #phase: 'reading' | 'complete' | 'submitted' | 'waiting' | 'running' | 'answering' | 'ended' = 'reading';
  /** The file that is sent in place of the app's answer. */
  #file: FileSender | undefined;
  /** The worker waits for httpd's connection. */
  #wantsLoan = false;
  #session: SessionQuery | undefined;
  #greeting: Greeting | undefined;

  /** @param begin the BEGIN_REQUEST record as it goes to the worker */
  constructor(id: number, httpd: HttpdSide, begin: Buffer, owner: RequestOwner) {
    this.id = id;
    this.#httpd = httpd;
    this.#owner = owner;
    const isComplete = owner.role === Role.Authorizer; // it is sent no body (mod_authnz_fcgi 2.4)
    this.#toWorker = new RequestInput(httpd, begin, isComplete, owner.now);
    this.#toHttpd = new RequestOutput(httpd.socket, owner.now);
  }

  /** Method and target, for log lines. */
  get line(): string {
    return this.#params.line;
  }

  /** Its path, without the query string. */
  get path(): string {
    return this.#params.path;
  }

  /** Some of its body is to come, and not for the worker to read. */
  get expectsBody(): boolean {
    return this.#phase !== 'reading' && !this.#toWorker.isComplete && !this.#toWorker.isLong;
  }

  /** What it says about a session of socket.io. */
  get session(): SessionQuery {
    this.#session ??= findSession(this.#params.sessionQuery);
    return this.#session;
  }

  /** `onOpened` is called with the name of the session that the response opens. */
  awaitSession(onOpened: (id: string) => void): void {
    this.#greeting = new Greeting(onOpened);
  }

  /** Whether it waits for its client, or is an idle stream: the app has nothing to do for it, and its place may be another's. */
  get isHeldUp(): boolean {
    const now = this.#owner.now();
    if (this.#phase === 'answering' && now - this.#toHttpd.respondedAt >= IDLE_STREAM_MS) return true;
    const since = this.#toHttpd.blockedAt ?? this.#toWorker.awaitedSince;
    return since !== undefined && now - since >= HELD_UP_MS;
  }

  /** Takes a record httpd sent for this request. */
  receive(record: FastCgiRecord): void {
    switch (record.type) {
      case RecordType.Params:
        this.#receiveParams(record);
        break;
      case RecordType.Stdin:
        this.#receiveStdin(record);
        break;
      case RecordType.AbortRequest:
        if (this.#toHttpd.isLent) this.#cut();
        else this.#end(this.#endRecord(), 'abandoned');
        break;
      default: // DATA belongs to the FILTER role, which BEGIN_REQUEST was refused for
    }
  }

  /** Sends on what a chunk from httpd brought. Pauses httpd's connection while the worker, or its absence, holds it up. */
  flushToWorker(): void {
    if (this.#phase === 'running' || this.#phase === 'answering') this.#toWorker.flush(this.#link);
    else if (this.#phase === 'waiting') this.#toWorker.hold();
  }

  /** Waits in the queue; the time counts on when it comes back to it from a worker that it did not reach. */
  wait(timeoutMs: number): void {
    this.#link = undefined;
    if (this.#phase === 'waiting') return;
    this.#phase = 'waiting';
    this.#setDeadline(timeoutMs);
  }

  /** Has a worker that has not begun it: no byte has left, another worker may still be chosen. */
  ride(link: RequestLink): void {
    if (this.#phase !== 'waiting') this.wait(this.#owner.queueTimeoutMs);
    this.#link = link;
  }

  /** Everything held goes to the worker, and the deadline starts. */
  start(): void {
    this.#phase = 'running';
    this.#toWorker.begin();
    this.#setDeadline(this.#owner.requestTimeoutMs);
    this.flushToWorker();
  }

  /** Takes a record the worker sent. */
  respond(record: FastCgiRecord): void {
    switch (record.type) {
      case RecordType.Stdout:
        if (record.contentLength === 0) break; // END_REQUEST alone ends the response (httpd 2.4 mod_proxy_fcgi)
        if (this.#phase !== 'answering') this.#findFile(record.content);
        this.#phase = 'answering';
        this.#httpd.deadline.clear();
        if (this.#file !== undefined) {
          this.#link?.taken(record.contentLength); // what the app wrote besides goes nowhere
          break;
        }
        this.#greeting?.take(record.content);
        this.#toHttpd.append(record.bytes, record.contentLength);
        break;
      case RecordType.Stderr:
        this.#toHttpd.append(record.bytes);
        break;
      case RecordType.EndRequest:
        this.#toHttpd.takeBack();
        if (this.#file !== undefined) this.#freeWorker();
        else if (this.#phase === 'answering') this.#end(record.bytes, 'answered');
        else this.fail('bad-response');
        break;
      default:
        this.fail('bad-response');
    }
  }

  /** Sends on what a chunk from the worker brought. The worker gets no credit while httpd does not keep up. */
  flushToHttpd(): void {
    this.#link?.taken(this.#toHttpd.flush());
    this.#lend();
  }

  /** The worker has a long response, and would write it to httpd's connection itself. It sends nothing until it is told. */
  borrow(): void {
    if (this.#phase === 'answering' && this.#file === undefined) this.#wantsLoan = true;
    else this.#link?.refuseLoan();
  }

  /** The connection that the worker has takes no more, or does again. */
  loanStalled(isStalled: boolean): void {
    this.#toHttpd.stall(isStalled);
  }

  /** The worker sends what follows over its link again. */
  loanReturned(): void {
    this.#toHttpd.takeBack();
  }

  /** What the worker has read of httpd's connection and not used. */
  takeRemainder(bytes: Buffer): void {
    this.#toWorker.takeRemainder(bytes);
  }

  /** It reads no more, has read so many bytes of the body, and where `hasEnded` is not zero its end. */
  bodyReturned(bytes: number, hasEnded: number): void {
    this.#toWorker.returned(bytes, hasEnded !== 0);
    this.#limitBody();
  }

  /** END_REQUEST has come. */
  workerEnded(): void {
    this.#toWorker.takeBack();
  }

  /** httpd's connection takes bytes again. */
  outputDrained(): void {
    this.#link?.taken(this.#toHttpd.drained());
    this.#file?.resume();
  }

  /** The one of the request counts from the dispatch or the latest body byte: a slow upload is httpd's to limit, not the app's fault. */
  deadlinePassed(): void {
    const leftMs = this.#toWorker.givenAt + this.#owner.requestTimeoutMs - this.#owner.now();
    if (this.#phase === 'waiting') this.fail('queue-timeout');
    else if (leftMs <= 0) this.fail('request-timeout');
    else this.#setDeadline(leftMs);
  }

  /** The worker takes more of the body. */
  inputDrained(): void {
    this.#toWorker.drained();
  }

  /**
   * The request cannot go on. Before the head the client gets the status of `reason`; after it the connection is closed
   * without END_REQUEST, the one way in which httpd lets the client detect the truncation (invariant 9).
   */
  fail(reason: OwnReason, worker?: number): void {
    if (this.#phase === 'ended') return;
    const answered = this.#phase === 'answering';
    log('error', `request failed: ${reason}`, {
      status: answered ? 'truncated' : statusOf(reason),
      worker,
      request: this.line,
      id: this.#params.requestId,
    });
    if (answered) {
      this.#cut();
    } else {
      const leaving = reason === 'request-timeout' ? 'overdue' : 'abandoned';
      this.#end(this.#encodeOwn(reason), leaving);
    }
  }

  /** The client sees that the response is not whole. */
  #cut(): void {
    this.#leave('abandoned');
    this.#httpd.close();
  }

  #lend(): void {
    if (!this.#wantsLoan) return;
    this.#wantsLoan = false;
    this.#toHttpd.lend(() => this.#link?.lend(this.#httpd));
  }

  /** To an authorizer's, httpd adds a page of its own. */
  #encodeOwn(reason: OwnReason): Buffer {
    return this.#owner.role === Role.Authorizer
      ? encodeOwnHead(this.id, reason)
      : encodeOwnResponse(this.id, reason, this.#owner.explain(reason));
  }

  /** httpd's connection is gone: the client left, or httpd's child ended. */
  cancel(): void {
    this.#leave('abandoned');
  }

  /** Sends something when httpd has heard nothing for `intervalMs`. */
  keepAlive(intervalMs: number): void {
    this.#toHttpd.keepAlive(this.id, intervalMs);
  }

  #receiveParams(record: FastCgiRecord): void {
    if (this.#phase !== 'reading') {
      this.#httpd.close(); // PARAMS after their end: not a web server we know how to talk to
      return;
    }
    this.#params.add(record.content);
    if (this.#params.byteLength > MAX_PARAMS_BYTES) {
      this.#httpd.close();
      return;
    }
    this.#toWorker.append(record);
    if (record.contentLength > 0) return;
    this.#phase = 'complete';
    // Without a body its end follows at once: httpd writes it apart, and the worker would be woken for it alone.
    if (this.#toWorker.isComplete || this.#params.announceBody) this.#submit();
  }

  #submit(): void {
    this.#phase = 'submitted';
    if (!this.#toWorker.isComplete) this.#toWorker.awaitWorker(this.#findBodyLength());
    this.#owner.submit(this);
  }

  #receiveStdin(record: FastCgiRecord): void {
    this.#toWorker.receiveBody(record, this.#file === undefined);
    this.#limitBody();
    if (this.#phase === 'complete') this.#submit();
  }

  #limitBody(): void {
    if (this.#isTooLarge(this.#toWorker.bodyBytes)) this.fail('body-too-large');
  }

  #isTooLarge(bodyBytes: number): boolean {
    return this.#owner.maxBodyBytes > 0 && bodyBytes > this.#owner.maxBodyBytes;
  }

  /** As far as PARAMS say it, and httpd has not let too much pass. */
  #findBodyLength(): number {
    const { bodyLength } = this.#params;
    return this.#isTooLarge(bodyLength) ? 0 : bodyLength;
  }

  /** Each wait has one deadline; a new one replaces the old. Zero means none. */
  #setDeadline(timeoutMs: number): void {
    if (timeoutMs > 0) this.#httpd.deadline.set(timeoutMs, this);
    else this.#httpd.deadline.clear();
  }

  /** Writes the last bytes; nothing of this request follows them on the connection (invariant 2). */
  #end(bytes: Buffer, leaving: Leaving): void {
    this.#toHttpd.end(bytes);
    this.#leave(leaving);
  }

  #leave(leaving: Leaving): void {
    if (this.#phase === 'ended') return;
    const queued = this.#phase === 'waiting' && this.#link === undefined;
    const link = this.#link;
    this.#phase = 'ended';
    this.#link = undefined;
    this.#httpd.deadline.clear();
    this.#file?.stop();
    this.#toWorker.end();
    this.#toHttpd.clear();
    this.#httpd.requestEnded();
    if (queued) this.#owner.withdraw(this);
    link?.free(leaving);
  }

  /** The app may name a file to be sent in place of what it writes. */
  #findFile(stdout: Buffer): void {
    const { sendfileRoots } = this.#owner;
    const head = sendfileRoots.length === 0 ? undefined : findSendfileHead(stdout);
    if (head === undefined) return;
    this.#toWorker.clear();
    this.#file = new FileSender(head, sendfileRoots, {
      variables: this.#params.decode(),
      write: (bytes) => this.#toHttpd.write(encodeRecord(RecordType.Stdout, this.id, bytes)),
      sent: () => {
        this.#end(this.#endRecord(), 'answered');
      },
      refused: (reason, file) => {
        log('error', 'a file that the app named was not sent', { reason, file, request: this.line });
        this.#end(encodeOwnResponse(this.id, 'no-file'), 'answered');
      },
      broken: () => {
        this.fail('bad-response');
      },
    });
  }

  /** The app has said all; the file goes on without a worker. */
  #freeWorker(): void {
    const link = this.#link;
    this.#link = undefined;
    link?.free('answered');
  }

  #endRecord(): Buffer {
    return encodeEndRequest({
      requestId: this.id,
      appStatus: 0,
      protocolStatus: ProtocolStatus.RequestComplete,
    });
  }
}
