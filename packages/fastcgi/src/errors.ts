/** The peer sent bytes that FastCGI 1.0 does not allow at that point. The connection cannot be used any more. */
export class ProtocolError extends Error {
  readonly code = 'ERR_FASTCGI_PROTOCOL';
  override readonly name = 'ProtocolError';

  /** Facts: what came, and what the protocol (with its clause) expects instead. */
  constructor(received: string, expected: string) {
    super(`FastCGI peer sent ${received}, expected ${expected}`);
  }
}

/** The peer sent more than one of the limits in constants.ts. The connection cannot be used any more. */
export class LimitExceededError extends Error {
  readonly code = 'ERR_FASTCGI_LIMIT';
  override readonly name = 'LimitExceededError';

  /** Facts: the limit's name in constants.ts, its value, and what it counts. */
  constructor(limit: string, maximum: number, what: string) {
    super(`FastCGI peer sent more than ${maximum} ${what}, the limit ${limit}`);
  }
}

/** The owner of a request wrote to it after ending it: a bug of the owner, stopped before it corrupts the next response. */
export class RequestEndedError extends Error {
  readonly code = 'ERR_FASTCGI_REQUEST_ENDED';
  override readonly name = 'RequestEndedError';

  /** Facts: what was attempted on which request. */
  constructor(attempted: string, requestId: number) {
    super(`cannot ${attempted} request ${requestId}: its END_REQUEST was sent already`);
  }
}

/** The connection went away before the response was complete: what arrived of it may be truncated. */
export class ConnectionClosedError extends Error {
  readonly code = 'ERR_FASTCGI_CONNECTION_CLOSED';
  override readonly name = 'ConnectionClosedError';

  /** Facts: the request that was cut off, and the reason when it is known. */
  constructor(requestId: number, cause?: unknown) {
    super(
      `FastCGI connection closed before END_REQUEST of request ${requestId}`,
      cause === undefined ? {} : { cause },
    );
  }
}

/** The application refused the request: its END_REQUEST has another protocolStatus than RequestComplete. FastCGI §5.5. */
export class RequestRefusedError extends Error {
  readonly code = 'ERR_FASTCGI_REQUEST_REFUSED';
  override readonly name = 'RequestRefusedError';
  /** One of `ProtocolStatus`. */
  readonly protocolStatus: number;

  /** Facts: the request and the status it was ended with. */
  constructor(requestId: number, protocolStatus: number) {
    super(`FastCGI request ${requestId} was refused with protocolStatus ${protocolStatus}, expected 0`);
    this.protocolStatus = protocolStatus;
  }
}

/** What the application wrote to STDOUT does not start with a CGI response head. RFC 3875 §6. */
export class CgiHeadError extends Error {
  readonly code = 'ERR_FASTCGI_CGI_HEAD';
  override readonly name = 'CgiHeadError';

  /** Facts: what was found in place of the expectation. */
  constructor(found: string, expected: string) {
    super(`cannot read the CGI response head: found ${found}, expected ${expected}`);
  }
}
