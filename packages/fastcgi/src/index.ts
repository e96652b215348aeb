export * from './constants.ts';
export * from './errors.ts';
export {
  type BeginRequest,
  type Content,
  decodeBeginRequest,
  decodeEndRequest,
  decodeNumber,
  decodeNumberPair,
  decodeUnknownType,
  EMPTY,
  encodeBeginRequest,
  encodeCredit,
  encodeEndRequest,
  encodeHeader,
  encodeNumbers,
  encodeRecord,
  encodeStream,
  encodeUnknownType,
  type EndRequest,
  type FastCgiRecord,
  readdressRecords,
} from './record.ts';
export { decodeNameValues, encodeNameValues, findValue, type NameValue } from './name-value.ts';
export { answerManagement, type Capacity } from './management.ts';
export { RecordParser } from './record-parser.ts';
export { type ResponderOutput, writeParts } from './output.ts';
export { ResponderConnection, type ResponderOptions } from './responder.ts';
export type { ResponderRequest } from './responder-request.ts';
export type { BodyBorrower, BodyLoan, Borrower, Lender, Loan, LoanTerms } from './loan.ts';
export { callAll, keepContext, type SentCallback } from './sent-callback.ts';
export { ClientConnection, type ClientOptions } from './client.ts';
export type { ClientRequest, ClientRequestOptions } from './client-request.ts';
export {
  type ClientDuplex,
  type ClientResponse,
  sendRequest,
  type SendRequestOptions,
} from './send-request.ts';
export { type CgiHead, parseCgiHead } from './parse-cgi-head.ts';
export { type CgiResponse, StdoutStream } from './stdout-stream.ts';
