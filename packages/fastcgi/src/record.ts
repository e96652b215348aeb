import {
  BODY_BYTES,
  HEADER_BYTES,
  KEEP_CONN,
  MAX_CONTENT_BYTES,
  MAX_PADDING_BYTES,
  MAX_REQUEST_ID,
  NULL_REQUEST_ID,
  RecordType,
  SharedRecordType,
  STREAM_CONTENT_BYTES,
  VERSION_1,
} from './constants.ts';
import { ProtocolError } from './errors.ts';

/** No bytes. Shared: never write to it. */
export const EMPTY: Buffer = Buffer.alloc(0);

/** One record as it was received. Both buffers are views of the received bytes, not copies. FastCGI §3.3. */
export interface FastCgiRecord {
  readonly type: number;
  readonly requestId: number;
  readonly content: Buffer;
  /** Header, content and padding exactly as received: can be forwarded as is. */
  readonly bytes: Buffer;
  readonly contentLength: number;
  /** Puts another request id into the received bytes, for whom they are forwarded to. */
  readdress(requestId: number): void;
}

/** Content of BEGIN_REQUEST. FastCGI §5.1. */
export interface BeginRequest {
  readonly role: number;
  readonly keepConnection: boolean;
}

/** Content of END_REQUEST. FastCGI §5.5. */
export interface EndRequest {
  /** What `exit()` would say; 0 to 2³²−1. */
  readonly appStatus: number;
  /** One of `ProtocolStatus`. */
  readonly protocolStatus: number;
}

/** One whole record; the content is copied, the padding is zeros. Throws RangeError for what the header cannot express. */
export function encodeRecord(
  type: number,
  requestId: number,
  content: Uint8Array = EMPTY,
  padding = 0,
): Buffer {
  requireRange('contentLength', content.length, MAX_CONTENT_BYTES);
  requireRange('paddingLength', padding, MAX_PADDING_BYTES);
  requireRange('requestId', requestId, MAX_REQUEST_ID);
  requireRange('type', type, 255);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + content.length + padding);
  writeHeader(bytes, 0, type, requestId, content.length, padding);
  bytes.set(content, HEADER_BYTES);
  return padding === 0 ? bytes : bytes.fill(0, HEADER_BYTES + content.length);
}

/** Bytes of a stream, as one buffer or as several that follow each other. */
export type Content = Buffer | readonly Buffer[];

/** The buffers of a content. */
export function buffersOf(content: Content): readonly Buffer[] {
  return Buffer.isBuffer(content) ? [content] : content;
}

/** How many bytes it has. */
export function bytesOf(content: Content): number {
  if (Buffer.isBuffer(content)) return content.length;
  let bytes = 0;
  for (const buffer of content) bytes += buffer.length;
  return bytes;
}

/**
 * The content as records of at most STREAM_CONTENT_BYTES: header, content, header, content, … ready to be written in this order.
 * The content is not copied. Empty content gives nothing: the empty record that ends a stream is `encodeRecord(type, id)`.
 */
export function encodeStream(type: number, requestId: number, content: Content): Buffer[] {
  const parts: Buffer[] = [];
  let bytesLeft = bytesOf(content);
  let recordBytesLeft = 0;
  for (const buffer of buffersOf(content)) {
    for (let start = 0; start < buffer.length;) {
      if (recordBytesLeft === 0) {
        recordBytesLeft = Math.min(bytesLeft, STREAM_CONTENT_BYTES);
        parts.push(encodeHeader(type, requestId, recordBytesLeft, 0));
      }
      const piece = buffer.subarray(start, start + recordBytesLeft);
      parts.push(piece);
      start += piece.length;
      recordBytesLeft -= piece.length;
      bytesLeft -= piece.length;
    }
  }
  return parts;
}

/** The 8 bytes in front of a record's content. FastCGI §3.3. */
export function encodeHeader(
  type: number,
  requestId: number,
  contentLength: number,
  paddingLength: number,
): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES);
  writeHeader(bytes, 0, type, requestId, contentLength, paddingLength);
  return bytes;
}

/** The record that opens a request. FastCGI §5.1. */
export function encodeBeginRequest(begin: BeginRequest & { readonly requestId: number }): Buffer {
  const flags = begin.keepConnection ? KEEP_CONN : 0;
  const body = [begin.role >>> 8, begin.role & 0xff, flags, 0, 0, 0, 0, 0];
  return encodeRecord(RecordType.BeginRequest, begin.requestId, Buffer.from(body));
}

/** Reads the content of BEGIN_REQUEST; unknown flags are ignored. Throws ProtocolError when it is not 8 bytes. */
export function decodeBeginRequest(content: Buffer): BeginRequest {
  requireBody('BEGIN_REQUEST', content, '§5.1');
  return { role: content.readUInt16BE(0), keepConnection: (content.readUInt8(2) & KEEP_CONN) !== 0 };
}

/** The record that closes a request. FastCGI §5.5. */
export function encodeEndRequest(end: EndRequest & { readonly requestId: number }): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + BODY_BYTES);
  writeEndRequest(bytes, 0, end.requestId, end.appStatus, end.protocolStatus);
  return bytes;
}

/** Reads the content of END_REQUEST. Throws ProtocolError when it is not 8 bytes. */
export function decodeEndRequest(content: Buffer): EndRequest {
  requireBody('END_REQUEST', content, '§5.5');
  return { appStatus: content.readUInt32BE(0), protocolStatus: content.readUInt8(4) };
}

/** A record of a shared connection that says numbers. See `SharedRecordType`. */
export function encodeNumbers(type: number, requestId: number, ...values: readonly number[]): Buffer {
  const content = Buffer.allocUnsafe(4 * values.length);
  for (const [index, value] of values.entries()) content.writeUInt32BE(value, 4 * index);
  return encodeRecord(type, requestId, content);
}

/** Reads the number of a record that says one. Throws ProtocolError when the content is not 4 bytes. */
export function decodeNumber(content: Buffer): number {
  requireNumbers(content, 1);
  return content.readUInt32BE(0);
}

/** Reads the numbers of a record that says two. Throws ProtocolError when the content is not 8 bytes. */
export function decodeNumberPair(content: Buffer): [number, number] {
  requireNumbers(content, 2);
  return [content.readUInt32BE(0), content.readUInt32BE(4)];
}

/** The record that gives credit. */
export function encodeCredit(requestId: number, bytes: number): Buffer {
  return encodeNumbers(SharedRecordType.Credit, requestId, bytes);
}

/** Puts another request id into every record of `records`, which are whole. */
export function readdressRecords(records: Buffer, requestId: number): void {
  for (let offset = 0; offset < records.length;) {
    records[offset + 2] = requestId >>> 8;
    records[offset + 3] = requestId;
    offset += HEADER_BYTES + records.readUInt16BE(offset + 4) + records.readUInt8(offset + 6);
  }
}

/** The answer to a management record of a type we do not know. FastCGI §4.2. */
export function encodeUnknownType(type: number): Buffer {
  return encodeRecord(RecordType.UnknownType, NULL_REQUEST_ID, Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]));
}

/** Reads the type that the peer did not know. Throws ProtocolError when the content is not 8 bytes. */
export function decodeUnknownType(content: Buffer): number {
  requireBody('UNKNOWN_TYPE', content, '§4.2');
  return content.readUInt8(0);
}

/** Writes a header into `bytes`, which has room for it at `offset`. */
export function writeHeader(
  bytes: Buffer,
  offset: number,
  type: number,
  requestId: number,
  contentLength: number,
  paddingLength: number,
): void {
  bytes[offset] = VERSION_1;
  bytes[offset + 1] = type;
  bytes[offset + 2] = requestId >>> 8;
  bytes[offset + 3] = requestId;
  bytes[offset + 4] = contentLength >>> 8;
  bytes[offset + 5] = contentLength;
  bytes[offset + 6] = paddingLength;
  bytes[offset + 7] = 0;
}

/** Writes a whole END_REQUEST record into `bytes`, which has room for its 16 bytes at `offset`. */
export function writeEndRequest(
  bytes: Buffer,
  offset: number,
  requestId: number,
  appStatus: number,
  protocolStatus: number,
): void {
  writeHeader(bytes, offset, RecordType.EndRequest, requestId, BODY_BYTES, 0);
  // An exit status may be negative: it travels as its 32 bits.
  bytes.writeUInt32BE(appStatus >>> 0, offset + HEADER_BYTES);
  bytes.writeUInt32BE(protocolStatus * 0x0100_0000, offset + HEADER_BYTES + 4);
}

/** Throws ProtocolError for a record of another version than ours. FastCGI §3.3. */
export function requireVersion(version: number): void {
  if (version !== VERSION_1) throw new ProtocolError(`a record of version ${version}`, `${VERSION_1} (§3.3)`);
}

function requireRange(name: string, value: number, maximum: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= maximum) return;
  throw new RangeError(`cannot encode a FastCGI record with ${name} ${value}, expected 0 to ${maximum}`);
}

function requireBody(record: string, content: Buffer, clause: string): void {
  if (content.length === BODY_BYTES) return;
  throw new ProtocolError(`${record} with ${content.length} bytes`, `${BODY_BYTES} (${clause})`);
}

function requireNumbers(content: Buffer, count: number): void {
  if (content.length === 4 * count) return;
  throw new ProtocolError(`numbers of ${content.length} bytes`, `${4 * count} bytes (SharedRecordType)`);
}
