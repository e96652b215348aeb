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
  /** The worker, which has asked for it, writes to httpd's connection. */
  lend(connection: HttpdSide): void;
  /** It does not. */
  refuseLoan(): void;
  /** The worker reads from httpd's connection, of which we have read the remainder. */
  lendBody(connection: HttpdSide, remainder: Buffer): void;
  /** The request is over. */
  free(leaving: Leaving): void;
}

/** Has connections of httpd's as well. */
export interface ConnectionHolder {
  /** It is over. */
  connectionClosed(connection: HttpdSide): void;
}

/** httpd's connection, as the request on it sees it. */
export interface HttpdSide {
  readonly socket: Socket;
  /** Of no other connection. */
  readonly number: number;
  /** That of the request in progress. */
  readonly deadline: Deadline;
  /** Somebody is to have it as well; undefined when it is closed. */
  share(holder: ConnectionHolder): ConnectionHandle | undefined;
  unshare(holder: ConnectionHolder): void;
  /** Reads no more. Returns what was read and not heard of; undefined when the connection is closed. */
  stopReading(): Buffer | undefined;
  /** Reads on, from these bytes. */
  readOn(bytes: Buffer): void;
  /** Nobody knows where on it the next request begins: it ends with the one in progress. */
  retire(): void;
  /** Closes it at once, as far as httpd sees. */
  close(): void;
  /** The last byte of the request's response was written. */
  requestEnded(): void;
}
