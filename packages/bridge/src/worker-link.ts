import {
  decodeEndRequest,
  decodeNumber,
  decodeNumberPair,
  encodeNameValues,
  encodeRecord,
  type FastCgiRecord,
  MAX_REQUEST_ID,
  NULL_REQUEST_ID,
  ProtocolStatus,
  RecordType,
  SharedRecordType,
  SHARING,
} from '@httpd-express/fastcgi';

import { log } from './log.ts';
import { type OwnReason } from './own-response.ts';
import { type RecordListener, RecordSocket } from './record-socket.ts';
import { type BridgeRequest } from './request.ts';
import { type HttpdSide } from './request-sides.ts';
import { type Carrier, Ride } from './ride.ts';
import { turns, type TurnTaker } from './turns.ts';

/** Agrees on sharing; the kernel connects before the worker accepts, the answer says that it has. */
const agreement = encodeRecord(RecordType.GetValues, NULL_REQUEST_ID, encodeNameValues([[SHARING, '']]));
/** Follows every batch of requests: the answer says that the worker has begun them all. */
const question = encodeRecord(RecordType.GetValues, NULL_REQUEST_ID);

/** A batch is small enough to leave in one write, and takes few requests along when its worker ends. */
const BATCH_BYTES = 64 * 1024;

/** What a worker's link reports upwards. */
export interface LinkObserver {
  /** A request ended, absent where it never began: there is room for another. */
  requestEnded(request: BridgeRequest | undefined): void;
  /** The worker refuses connections; these have not left the bridge. */
  refused(requests: readonly BridgeRequest[], reason: string): void;
  /** The worker is to have httpd's connection. */
  hold(connection: HttpdSide): void;
}

/**
 * The connection to a worker, which all its requests share (see `SharedRecordType`). They leave in batches, in the order of
 * arrival, the next batch when the worker has begun the last: a blocked event loop holds nothing that it has not begun.
 */
export class WorkerLink implements RecordListener, Carrier, TurnTaker {
  readonly workerId: number;
  /** What a request is told whose link breaks. */
  lossReason: OwnReason = 'worker-lost';
  readonly #path: string;
  readonly #observer: LinkObserver;
  #socket: RecordSocket | undefined;
  /** `busy`: it has not said that it has begun the last batch. */
  #state: 'closed' | 'opening' | 'free' | 'busy' = 'closed';
  /** Those that have not left the bridge, the oldest first. */
  readonly #boarding = new Set<Ride>();
  /** By id, the oldest first; those whose request has left, until the worker has ended them, too. */
  readonly #rides = new Map<number, Ride>();
  /** Requests that have not left. */
  #riding = 0;
  #lastId = 0;
  /** Those for which something came in the chunk being read. */
  #answering = new Set<BridgeRequest>();

  constructor(workerId: number, path: string, observer: LinkObserver) {
    this.workerId = workerId;
    this.#path = path;
    this.#observer = observer;
  }

  /** Requests in flight, those that have not left the bridge included. */
  get inFlight(): number {
    return this.#riding + this.#boarding.size;
  }

  /** Requests in flight without those that wait for their clients. */
  get occupied(): number {
    let heldUp = 0;
    for (const { request } of this.#rides.values()) if (request?.isHeldUp === true) heldUp += 1;
    return this.inFlight - heldUp;
  }

  /** Method and path of the requests it has been given, the oldest first. */
  get lines(): string[] {
    return [...this.#rides.values()].flatMap(({ request }) => (request === undefined ? [] : [request.line]));
  }

  /** Gives the worker a request. */
  carry(request: BridgeRequest): void {
    const ride = new Ride(request, this);
    this.#boarding.add(ride);
    request.ride(ride);
    this.#wake();
  }

  /** Takes back the requests that have not left the bridge. */
  evacuate(): BridgeRequest[] {
    const requests = [...this.#boarding].flatMap(({ request }) => request ?? []);
    this.#boarding.clear();
    return requests;
  }

  write(bytes: Buffer): void {
    this.#socket?.write(bytes);
    turns.awaitEnd(this);
  }

  hold(connection: HttpdSide): void {
    this.#observer.hold(connection);
  }

  left(ride: Ride, request: BridgeRequest): void {
    const hadBegun = !this.#boarding.delete(ride);
    if (hadBegun) this.#riding -= 1;
    this.#observer.requestEnded(hadBegun ? request : undefined);
  }

  onRecord(record: FastCgiRecord): void {
    if (record.requestId === NULL_REQUEST_ID) {
      this.#state = 'free';
      turns.awaitEnd(this);
      return;
    }
    const ride = this.#rides.get(record.requestId);
    if (ride === undefined)
      this.#socket?.close(`a record of request ${record.requestId}, which is over`, true);
    else this.#receive(ride, record);
  }

  onRead(): void {
    for (const request of this.#answering) request.flushToHttpd();
    this.#answering.clear();
  }

  onClose(reason: string, isMistrusted: boolean): void {
    const wasOpening = this.#state === 'opening';
    const rides = [...this.#rides.values()];
    this.#state = 'closed';
    this.#socket = undefined;
    this.#rides.clear();
    if (isMistrusted) log('error', 'worker broke the FastCGI protocol', { worker: this.workerId, reason });
    for (const { request } of rides)
      request?.fail(isMistrusted ? 'bad-response' : this.lossReason, this.workerId);
    if (wasOpening) this.#observer.refused(this.evacuate(), reason);
    else if (this.#boarding.size > 0) this.#wake();
  }

  #wake(): void {
    if (this.#state === 'closed') this.#open();
    else turns.awaitEnd(this);
  }

  #open(): void {
    this.#state = 'opening';
    this.#socket = new RecordSocket(this.#path, this);
    this.#socket.write(agreement);
    this.#socket.flush();
  }

  endTurn(): number {
    const begun = this.#state === 'free' ? this.#board() : 0;
    this.#socket?.flush();
    return begun;
  }

  #board(): number {
    const socket = this.#socket;
    if (socket === undefined) return 0;
    const fullBytes = socket.gatheredBytes + BATCH_BYTES; // what is there belongs to requests that have begun
    let begun = 0;
    for (const ride of this.#boarding) {
      if (socket.gatheredBytes >= fullBytes || this.#rides.size === MAX_REQUEST_ID) break;
      const id = this.#takeId();
      this.#state = 'busy';
      this.#boarding.delete(ride);
      this.#rides.set(id, ride);
      this.#riding += 1;
      ride.begin(id);
      begun += 1;
    }
    if (begun > 0) socket.write(question);
    return begun;
  }

  /** As late as possible again: what strays must not meet another request under its id. */
  #takeId(): number {
    do this.#lastId = (this.#lastId % MAX_REQUEST_ID) + 1;
    while (this.#rides.has(this.#lastId));
    return this.#lastId;
  }

  #receive(ride: Ride, record: FastCgiRecord): void {
    const { request } = ride;
    switch (record.type) {
      case SharedRecordType.Credit:
        ride.takeCredit(decodeNumber(record.content));
        break;
      case SharedRecordType.Borrow:
        turns.stayAwake();
        request?.borrow();
        if (request !== undefined) this.#answering.add(request);
        break;
      case SharedRecordType.Stall:
        request?.loanStalled(decodeNumber(record.content) !== 0);
        break;
      case SharedRecordType.Return:
        request?.loanReturned();
        break;
      case SharedRecordType.Remainder:
        request?.takeRemainder(record.content);
        break;
      case SharedRecordType.ReturnBody:
        request?.bodyReturned(...decodeNumberPair(record.content));
        break;
      default:
        this.#respond(ride, record);
    }
  }

  #respond(ride: Ride, record: FastCgiRecord): void {
    const isEnd = record.type === RecordType.EndRequest;
    if (isEnd) {
      this.#rides.delete(record.requestId);
      ride.end();
      ride.request?.workerEnded();
      if (this.#boarding.size > 0) turns.awaitEnd(this);
    }
    const { request } = ride;
    if (request === undefined) {
      ride.taken(record.contentLength); // it goes nowhere, and its worker does not wait
      return;
    }
    if (isEnd && decodeEndRequest(record.content).protocolStatus !== ProtocolStatus.RequestComplete) {
      request.flushToHttpd(); // what came before it in the same chunk
      request.fail(this.lossReason, this.workerId);
      return;
    }
    record.readdress(request.id);
    request.respond(record);
    if (!isEnd) this.#answering.add(request);
  }
}
