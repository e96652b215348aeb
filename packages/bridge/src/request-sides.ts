/** The two connections a request is on, as it sees them: its worker's, and httpd's. */
import { type Socket } from 'node:net';

import { type ConnectionHandle } from './connection-handle.ts';
import { type ByteRun } from './byte-run.ts';
import { type Deadline } from './deadline.ts';

/**
 * How a request leaves its worker: the worker ended it with END_REQUEST; nobody wants the answer any more; or it has passed
 * its deadline, and the app is to be told so.
 */
export type Leaving = 'answered' | 'abandoned' | 'overdue';

/** The connection to a worker, as the request on it sees it. */
export interface RequestLink {
  /** Sends and empties `run`, with so many bytes of the body in it. Returns false when `inputDrained` is to be waited for. */
  write(run: ByteRun, stdinBytes: number): boolean;
  /** httpd has taken so much of the response. */
  taken(stdoutBytes: number): void;
  /** Sends httpd's connection to the worker, which has asked for it. */
  lend(handle: ConnectionHandle, number: number): void;
  /** Tells the worker that it is not lent. */
  refuseLoan(): void;
  /** The same for the body, of which the bridge has read the remainder. */
  lendBody(loan: BodyLoan, number: number): void;
  /** The request is over. */
  free(leaving: Leaving): void;
}

/** httpd's connection while a worker reads it. */
export interface BodyLoan {
  readonly handle: ConnectionHandle;
  /** What was read and not heard of. */
  readonly remainder: Buffer;
}

/** httpd's connection, as the request on it sees it. */
export interface HttpdSide {
  readonly socket: Socket;
  /** That of the request in progress. */
  readonly deadline: Deadline;
  /** Reads no more; undefined when the connection is closed. */
  stopReading(): BodyLoan | undefined;
  /** Reads on, from these bytes. */
  readOn(bytes: Buffer): void;
  /** Nobody knows where on it the next request begins: it ends with the one in progress. */
  retire(): void;
  /** The last byte of the request's response was written. */
  requestEnded(): void;
}
