import { ManagementVariable, NULL_REQUEST_ID, RecordType, SHARING } from './constants.ts';
import { decodeNameValueMap, encodeNameValues, type NameValue } from './name-value.ts';
import { encodeRecord, encodeUnknownType, type FastCgiRecord } from './record.ts';

/** What an application says about itself. FastCGI §4.1. */
export interface Capacity {
  readonly maxConnections: number;
  /** Requests open at once on one connection. */
  readonly maxRequests: number;
  /** Window of a shared connection; absent where there is none. */
  readonly windowBytes?: number;
}

/** The answer to a management record (request id 0). Throws ProtocolError when GET_VALUES cannot be read. FastCGI §4. */
export function answerManagement(record: FastCgiRecord, capacity: Capacity): Buffer {
  if (record.type !== RecordType.GetValues) return encodeUnknownType(record.type);
  if (record.contentLength === 0) return nothing;
  const asked = decodeNameValueMap(record.content);
  // Walking our table, not the question, keeps the answer small and leaves out what we do not know, as §4.1 wants.
  const known: NameValue[] = values(capacity).filter(([name]) => asked.has(name));
  return encodeRecord(RecordType.GetValuesResult, NULL_REQUEST_ID, encodeNameValues(known));
}

/** Whether it asks for a shared connection. */
export function asksForSharing(record: FastCgiRecord): boolean {
  return record.type === RecordType.GetValues && decodeNameValueMap(record.content).has(SHARING);
}

/** The answer to a question that names nothing: it says that everything before it was read. */
const nothing = encodeRecord(RecordType.GetValuesResult, NULL_REQUEST_ID);

function values(capacity: Capacity): [string, string][] {
  return [
    ...(capacity.windowBytes === undefined
      ? []
      : [[SHARING, String(capacity.windowBytes)] satisfies [string, string]]),
    [ManagementVariable.MaxConns, String(capacity.maxConnections)],
    [ManagementVariable.MaxReqs, String(capacity.maxConnections * capacity.maxRequests)],
    [ManagementVariable.MpxsConns, capacity.maxRequests > 1 ? '1' : '0'],
  ];
}
