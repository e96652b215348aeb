/**
 * Names and numbers of FastCGI 1.0, with the clause of the specification each comes from, and the limits that are ours.
 * The specification: https://fastcgi-archives.github.io/FastCGI_Specification.html
 */

/** The only protocol version there is. FastCGI §3.3. */
export const VERSION_1 = 1;

/** Bytes in front of the content of every record. FastCGI §3.3. */
export const HEADER_BYTES = 8;

/** Most content one record can carry: contentLength has two bytes. FastCGI §3.3. */
export const MAX_CONTENT_BYTES = 65_535;

/**
 * What a record of a longer stream carries: 64 KiB with its header, as much as Node reads at once, so that a reader that
 * keeps up finds whole records in what it reads, and need not put them together.
 */
export const STREAM_CONTENT_BYTES = 64 * 1024 - HEADER_BYTES;

/** Most padding one record can carry: paddingLength has one byte. FastCGI §3.3. */
export const MAX_PADDING_BYTES = 255;

/** Bytes of the content of BEGIN_REQUEST, END_REQUEST and UNKNOWN_TYPE. FastCGI §5.1, §5.5, §4.2. */
export const BODY_BYTES = 8;

/** The request id of management records. FastCGI §3.3. */
export const NULL_REQUEST_ID = 0;

/** Highest request id: it has two bytes. FastCGI §3.3. */
export const MAX_REQUEST_ID = 65_535;

/** Types of records. FastCGI §8. */
export const RecordType = {
  /** Web server → application. §5.1 */
  BeginRequest: 1,
  /** Web server → application. §5.4 */
  AbortRequest: 2,
  /** Application → web server. §5.5 */
  EndRequest: 3,
  /** Web server → application, stream of name-value pairs. §5.2 */
  Params: 4,
  /** Web server → application, stream. §5.3 */
  Stdin: 5,
  /** Application → web server, stream. §5.3 */
  Stdout: 6,
  /** Application → web server, stream. §5.3 */
  Stderr: 7,
  /** Web server → application, second stream of a FILTER. §5.3 */
  Data: 8,
  /** Management, web server → application. §4.1 */
  GetValues: 9,
  /** Management, application → web server. §4.1 */
  GetValuesResult: 10,
  /** Management, application → web server. §4.2 */
  UnknownType: 11,
} as const;

/** What the web server wants the application to be for one request. FastCGI §6. */
export const Role = { Responder: 1, Authorizer: 2, Filter: 3 } as const;

/** Protocol-level outcome in END_REQUEST. FastCGI §5.5. */
export const ProtocolStatus = { RequestComplete: 0, CantMpxConn: 1, Overloaded: 2, UnknownRole: 3 } as const;

/**
 * Records of a shared connection. They are ours, sent only where GET_VALUES has agreed on `SHARING`: FastCGI 1.0 can
 * multiplex requests, but has no flow control for them.
 */
export const SharedRecordType = {
  /** Both ways, a number of four bytes: so many more bytes of the request's STDOUT or STDIN may be sent. */
  Credit: 128,
  /** Web server → application: the request's client is gone, as if its connection had closed. END_REQUEST answers it. */
  Gone: 129,
  /**
   * Application → web server: it would write what is left of STDOUT to the connection that the web server sends it on to, and
   * sends none here until that is lent or refused.
   */
  Borrow: 130,
  /** Web server → application: it is not lent, STDOUT goes on here. */
  Refuse: 131,
  /** Application → web server, a number: 1, the connection that was lent takes no more; 0, it does again. */
  Stall: 132,
  /** Application → web server: it does not write to the connection that was lent any more. END_REQUEST implies it. */
  Return: 133,
  /**
   * Web server → application, which has asked for it. Two numbers: the connection's, under which the application has it or
   * will have it, and the request's id there. How a connection comes to an application is not FastCGI's matter.
   */
  Lend: 134,
  /**
   * Web server → application, the same two numbers: it has stopped reading that connection, and the application reads STDIN
   * from it, after what `Remainder` records have brought.
   */
  LendBody: 135,
  /** Both ways: bytes of that connection that were read and not used. */
  Remainder: 136,
  /**
   * Application → web server, two numbers: how many bytes of STDIN it has read there, and 1 where that was the last of it. It
   * reads no more: the web server does, after what `Remainder` records have brought. END_REQUEST without it: nothing was read.
   */
  ReturnBody: 137,
} as const;

/** Variable of GET_VALUES: an application that answers it shares the connection as above; the value is `WINDOW_BYTES`. */
export const SHARING = 'EXPRESS_WINDOW_BYTES';

/** protocolStatus of a shared connection: the response is cut short, where a connection of its own would be closed. */
export const ABANDONED = 128;

/** Bytes of STDOUT, and of STDIN, that one request may have on a shared connection before it waits for credit. Ours. */
export const WINDOW_BYTES = 4 * STREAM_CONTENT_BYTES;

/** Credit is given for so many bytes at a time: seldom, and before the sender has to wait. */
export const CREDIT_BYTES = WINDOW_BYTES / 2;

/**
 * Bytes of STDOUT for which a request borrows a connection: so many at once, or twice as many before it is out of credit.
 * Lending costs what some 50 KiB do on a shared connection, and once for each connection what 300 KiB do. Ours.
 */
export const BORROW_FROM_BYTES = WINDOW_BYTES / 4;

/** What a long response sends before it borrows: most heads fit in it, and it says that the response has begun. Ours. */
export const FIRST_STDOUT_BYTES = 16 * 1024;

/** An application that reads from a connection gives it back after so long, whatever comes. Ours. */
export const BODY_LOAN_MS = 1000;

/** Flag of BEGIN_REQUEST: the application leaves the connection open after the request. FastCGI §5.1. */
export const KEEP_CONN = 1;

/** Variables of GET_VALUES. FastCGI §4.1. */
export const ManagementVariable = {
  MaxConns: 'FCGI_MAX_CONNS',
  MaxReqs: 'FCGI_MAX_REQS',
  MpxsConns: 'FCGI_MPXS_CONNS',
} as const;

/** Lengths of names and values below this take one byte, others four. FastCGI §3.4. */
export const LONG_LENGTH_FROM = 128;

/** Longest name or value the four-byte form can express. FastCGI §3.4. */
export const MAX_NAME_OR_VALUE_BYTES = 0x7fff_ffff;

/**
 * Most bytes of PARAMS one request may send. Ours: FastCGI §5.2 sets none. httpd's own limits (LimitRequestFields ×
 * LimitRequestFieldSize) say nothing about the sum.
 */
export const MAX_PARAMS_BYTES = 1024 * 1024;

/** Requests open at once on one connection, unless the owner says otherwise. Ours: FastCGI §3.3 allows 65,535. */
export const MAX_REQUESTS_PER_CONNECTION = 256;

/** What FCGI_MAX_CONNS answers unless the owner says otherwise. Ours: connections are accepted without counting. */
export const MAX_CONNECTIONS = 1024;

/** Longest CGI response head a client collects. Ours: RFC 3875 §6.3 sets none; httpd ends each line at 8 KiB. */
export const MAX_CGI_HEAD_BYTES = 256 * 1024;

/** Buffers of this size are not copied to be sent as one: fresh memory costs more than a list for the kernel. Ours. */
export const LARGE_BUFFER_BYTES = 8 * 1024;

/** Up to here header and content are copied into one buffer; above, the content is written uncopied after its header. */
export const COALESCE_BYTES = 16 * 1024;
