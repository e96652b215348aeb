import {
  CREDIT_BYTES,
  encodeCredit,
  encodeNumbers,
  encodeRecord,
  encodeStream,
  readdressRecords,
  RecordType,
  SharedRecordType,
  WINDOW_BYTES,
} from '@httpd-express/fastcgi';

import { type ByteRun } from './byte-run.ts';
import { type BridgeRequest } from './request.ts';
import { type HttpdSide, type Leaving, type RequestLink } from './request-sides.ts';

/** What a ride needs of the link it is on. */
export interface Carrier {
  write(bytes: Buffer): void;
  /** The worker is to have httpd's connection. */
  hold(connection: HttpdSide): void;
  /** The request has left: there is room for another. */
  left(ride: Ride, request: BridgeRequest): void;
}

/** How the worker is told that its request is over; nothing where it has said so itself, or goes on without a reader. */
const farewells: Record<Leaving, number | undefined> = {
  answered: undefined,
  abandoned: SharedRecordType.Gone,
  overdue: RecordType.AbortRequest,
};

/** One request on the link to its worker: without an id until it leaves the bridge, over when the worker has ended it. */
export class Ride implements RequestLink {
  readonly #carrier: Carrier;
  #request: BridgeRequest | undefined;
  #id: number | undefined;
  /** Bytes of STDIN that may be sent. */
  #credit = WINDOW_BYTES;
  /** Bytes of STDOUT for which the worker has not been given new credit. */
  #takenBytes = 0;

  constructor(request: BridgeRequest, carrier: Carrier) {
    this.#request = request;
    this.#carrier = carrier;
  }

  /** Undefined once it has left. */
  get request(): BridgeRequest | undefined {
    return this.#request;
  }

  /** Everything that is there of the request goes to the worker under this id. */
  begin(id: number): void {
    this.#id = id;
    this.#request?.start();
  }

  /** END_REQUEST has come: the id is free. */
  end(): void {
    this.#id = undefined;
  }

  /** The worker has room for more of STDIN. */
  takeCredit(bytes: number): void {
    const wasSpent = this.#credit <= 0;
    this.#credit += bytes;
    if (wasSpent && this.#credit > 0) this.#request?.inputDrained();
  }

  write(run: ByteRun, stdinBytes: number): boolean {
    if (this.#id === undefined) return true;
    for (const records of run.take()) {
      readdressRecords(records, this.#id);
      this.#carrier.write(records);
    }
    this.#credit -= stdinBytes;
    return this.#credit > 0;
  }

  taken(stdoutBytes: number): void {
    this.#takenBytes += stdoutBytes;
    if (this.#takenBytes < CREDIT_BYTES || this.#id === undefined) return;
    this.#carrier.write(encodeCredit(this.#id, this.#takenBytes));
    this.#takenBytes = 0;
  }

  lend(connection: HttpdSide): void {
    this.#lend(SharedRecordType.Lend, connection);
  }

  refuseLoan(): void {
    if (this.#id !== undefined) this.#carrier.write(encodeRecord(SharedRecordType.Refuse, this.#id));
  }

  lendBody(connection: HttpdSide, remainder: Buffer): void {
    if (this.#id === undefined) return;
    for (const part of encodeStream(SharedRecordType.Remainder, this.#id, remainder))
      this.#carrier.write(part);
    this.#lend(SharedRecordType.LendBody, connection);
  }

  free(leaving: Leaving): void {
    const request = this.#request;
    if (request === undefined) return;
    this.#request = undefined;
    const farewell = farewells[leaving];
    if (this.#id !== undefined && farewell !== undefined)
      this.#carrier.write(encodeRecord(farewell, this.#id));
    this.#carrier.left(this, request);
  }

  #lend(type: number, connection: HttpdSide): void {
    if (this.#id === undefined || this.#request === undefined) return;
    this.#carrier.hold(connection);
    this.#carrier.write(encodeNumbers(type, this.#id, connection.number, this.#request.id));
  }
}
