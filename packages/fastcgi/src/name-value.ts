import { LONG_LENGTH_FROM, MAX_NAME_OR_VALUE_BYTES } from './constants.ts';
import { ProtocolError } from './errors.ts';

/** A name and its value; strings are latin1, one character per byte. */
export type NameValue = readonly [name: string | Buffer, value: string | Buffer];

/** Name-value pairs as bytes, in the given order. Strings must be latin1: higher characters lose their upper bits. FastCGI §3.4. */
export function encodeNameValues(pairs: Iterable<NameValue>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of pairs) {
    const nameBytes = toBytes(name);
    const valueBytes = toBytes(value);
    parts.push(encodeLength(nameBytes.length), encodeLength(valueBytes.length), nameBytes, valueBytes);
  }
  return Buffer.concat(parts);
}

/** The pairs in the order they came, latin1, repeated names included. Throws ProtocolError when the last pair is cut off. */
export function decodeNameValues(content: Buffer): [string, string][] {
  // One conversion and slices of it: half the time of a conversion per name and value.
  const text = content.toString('latin1');
  const locations = locateNameValues(content);
  const pairs: [string, string][] = [];
  for (let at = 0; at < locations.length; at += 3) {
    const valueStart = locations[at + 1] ?? 0;
    pairs.push([
      text.substring(locations[at] ?? 0, valueStart),
      text.substring(valueStart, locations[at + 2]),
    ]);
  }
  return pairs;
}

/** The pairs by name, latin1; of repeated names the last counts. Throws ProtocolError when the last pair is cut off. */
export function decodeNameValueMap(content: Buffer): Map<string, string> {
  return new Map(decodeNameValues(content));
}

/**
 * The value of the first pair with this name, latin1: of one among many, as nothing else is converted. Throws ProtocolError when
 * the last pair is cut off.
 */
export function findValue(content: Buffer, name: string): string | undefined {
  const locations = locateNameValues(content);
  for (let at = 0; at < locations.length; at += 3) {
    const nameStart = locations[at] ?? 0;
    const valueStart = locations[at + 1] ?? 0;
    const isCandidate = valueStart - nameStart === name.length;
    if (isCandidate && content.toString('latin1', nameStart, valueStart) === name)
      return content.toString('latin1', valueStart, locations[at + 2]);
  }
  return undefined;
}

/**
 * Where the pairs lie, three numbers each: the start of the name, the start of the value, which is the name's end, and the
 * value's end. Throws ProtocolError when the last pair is cut off.
 */
export function locateNameValues(content: Buffer): number[] {
  const locations: number[] = [];
  let offset = 0;
  while (offset < content.length) {
    const nameLength = readLength(content, offset);
    offset += lengthBytes(content, offset);
    const valueLength = readLength(content, offset);
    const nameStart = offset + lengthBytes(content, offset);
    const valueStart = nameStart + nameLength;
    offset = valueStart + valueLength;
    if (offset > content.length) throw truncated(nameLength + valueLength, content.length - nameStart);
    locations.push(nameStart, valueStart, offset);
  }
  return locations;
}

function readLength(content: Buffer, offset: number): number {
  const first = content[offset];
  if (first === undefined) throw truncated(1, 0);
  if (first < LONG_LENGTH_FROM) return first;
  if (offset + 4 > content.length) throw truncated(4, content.length - offset);
  return content.readUInt32BE(offset) & MAX_NAME_OR_VALUE_BYTES;
}

function lengthBytes(content: Buffer, offset: number): number {
  return (content[offset] ?? 0) < LONG_LENGTH_FROM ? 1 : 4;
}

function encodeLength(length: number): Buffer {
  if (length < LONG_LENGTH_FROM) return Buffer.from([length]);
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE((length | 0x8000_0000) >>> 0);
  return bytes;
}

function toBytes(text: string | Buffer): Buffer {
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
}

function truncated(needed: number, present: number): ProtocolError {
  return new ProtocolError(`a name-value pair cut off after ${present} bytes`, `${needed} bytes (§3.4)`);
}
