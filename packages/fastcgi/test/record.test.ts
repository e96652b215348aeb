import { describe, expect, test } from '@jest/globals';

import {
  decodeBeginRequest,
  decodeEndRequest,
  decodeUnknownType,
  encodeBeginRequest,
  encodeEndRequest,
  encodeHeader,
  encodeRecord,
  encodeStream,
  encodeUnknownType,
  ProtocolStatus,
  RecordType,
  Role,
} from '../src/index.ts';
import { parseAll } from './recorded-output.ts';

const lengths = [0, 1, 7, 8, 127, 128, 255, 256, 4096, 65_534, 65_535];
const paddings = Array.from({ length: 256 }, (_, padding) => padding);

describe('encodeRecord', () => {
  test.each(lengths)('a record of %i bytes is read back as it was', (length) => {
    const content = Buffer.alloc(length, 'abc');
    const bytes = encodeRecord(RecordType.Stdout, 0x1234, content);
    expect(parseAll([bytes])).toEqual([
      { type: 6, requestId: 0x1234, content: content.toString('latin1'), bytes: bytes.toString('latin1') },
    ]);
  });

  test.each(Object.entries(RecordType))('a record of type %s is read back with its type', (_name, type) => {
    expect(parseAll([encodeRecord(type, 1, Buffer.from('x'))])).toMatchObject([{ type, content: 'x' }]);
  });

  test('every padding from 0 to 255 is zeros, part of the bytes and not of the content', () => {
    for (const padding of paddings) {
      const bytes = encodeRecord(RecordType.Stdin, 1, Buffer.from('content'), padding);
      expect(bytes.subarray(15)).toEqual(Buffer.alloc(padding));
      const next = encodeRecord(RecordType.Stdin, 1);
      const [padded, empty] = parseAll([Buffer.concat([bytes, next])]);
      expect(padded).toMatchObject({ content: 'content', bytes: bytes.toString('latin1') });
      expect(empty).toMatchObject({ content: '', bytes: next.toString('latin1') });
    }
  });

  test('the content is copied', () => {
    const content = Buffer.from('before');
    const bytes = encodeRecord(RecordType.Stdout, 1, content);
    content.fill('x');
    expect(bytes.toString('latin1', 8)).toBe('before');
  });

  test.each([
    { what: 'content of 65,536 bytes', encode: () => encodeRecord(6, 1, Buffer.alloc(65_536)) },
    { what: 'padding of 256 bytes', encode: () => encodeRecord(6, 1, Buffer.alloc(0), 256) },
    { what: 'request id 65,536', encode: () => encodeRecord(6, 65_536) },
    { what: 'a negative request id', encode: () => encodeRecord(6, -1) },
    { what: 'type 256', encode: () => encodeRecord(256, 1) },
    { what: 'a fraction as padding', encode: () => encodeRecord(6, 1, Buffer.alloc(0), 1.5) },
  ])('$what cannot be encoded', ({ encode }) => {
    expect(encode).toThrow(RangeError);
  });
});

describe('encodeHeader', () => {
  test('the eight bytes are those of the specification', () => {
    expect([...encodeHeader(RecordType.Params, 0xabcd, 0x1234, 0x56)]).toEqual([
      1, 4, 0xab, 0xcd, 0x12, 0x34, 0x56, 0,
    ]);
  });
});

describe('encodeStream', () => {
  test.each([
    { length: 0, records: [] },
    { length: 1, records: [1] },
    { length: 65_528, records: [65_528] },
    { length: 65_529, records: [65_528, 1] },
    { length: 200_000, records: [65_528, 65_528, 65_528, 3416] },
  ])('$length bytes become records of $records bytes', ({ length, records }) => {
    const content = Buffer.alloc(length, '0123456789');
    const parsed = parseAll(encodeStream(RecordType.Stdout, 7, content));
    expect(parsed.map((record) => record.content.length)).toEqual(records);
    expect(parsed.map((record) => record.content).join('')).toBe(content.toString('latin1'));
  });

  test('buffers that follow each other share records', () => {
    const content = [
      Buffer.alloc(200, 'h'),
      Buffer.alloc(65_528, 'b'),
      Buffer.alloc(0),
      Buffer.alloc(10, 't'),
    ];
    const parsed = parseAll(encodeStream(RecordType.Stdout, 7, content));
    expect(parsed.map((record) => record.content.length)).toEqual([65_528, 210]);
    expect(parsed.map((record) => record.content).join('')).toBe(Buffer.concat(content).toString('latin1'));
  });

  test('the content is not copied', () => {
    const content = Buffer.alloc(100_000);
    const [, first, , second] = encodeStream(RecordType.Stdout, 1, content);
    expect([first?.buffer, second?.buffer]).toEqual([content.buffer, content.buffer]);
    expect(second?.byteOffset).toBe(content.byteOffset + 65_528);
  });
});

describe('BEGIN_REQUEST', () => {
  test.each([
    { role: Role.Responder, keepConnection: false },
    { role: Role.Authorizer, keepConnection: true },
    { role: Role.Filter, keepConnection: false },
    { role: 0xfffe, keepConnection: true },
  ])('role $role with keepConnection $keepConnection is read back', (begin) => {
    const bytes = encodeBeginRequest({ requestId: 3, ...begin });
    expect(bytes).toHaveLength(16);
    expect(decodeBeginRequest(bytes.subarray(8))).toEqual(begin);
  });

  test('flags that the specification does not name are ignored', () => {
    expect(decodeBeginRequest(Buffer.from([0, 1, 0xfe, 9, 9, 9, 9, 9]))).toEqual({
      role: 1,
      keepConnection: false,
    });
  });
});

describe('END_REQUEST', () => {
  test.each([
    { appStatus: 0, protocolStatus: ProtocolStatus.RequestComplete },
    { appStatus: 1, protocolStatus: ProtocolStatus.CantMpxConn },
    { appStatus: 0xffff_ffff, protocolStatus: ProtocolStatus.UnknownRole },
  ])('appStatus $appStatus with protocolStatus $protocolStatus is read back', (end) => {
    const bytes = encodeEndRequest({ requestId: 3, ...end });
    expect(bytes).toHaveLength(16);
    expect(decodeEndRequest(bytes.subarray(8))).toEqual(end);
    expect([...bytes.subarray(13)]).toEqual([0, 0, 0]);
  });

  test('a negative exit status travels as its 32 bits', () => {
    const bytes = encodeEndRequest({ requestId: 1, appStatus: -1, protocolStatus: 0 });
    expect(decodeEndRequest(bytes.subarray(8)).appStatus).toBe(0xffff_ffff);
  });
});

describe('UNKNOWN_TYPE', () => {
  test('the type is read back and the record belongs to no request', () => {
    const bytes = encodeUnknownType(200);
    expect(parseAll([bytes])).toMatchObject([{ type: RecordType.UnknownType, requestId: 0 }]);
    expect(decodeUnknownType(bytes.subarray(8))).toBe(200);
  });
});

test.each([
  { record: 'BEGIN_REQUEST', decode: decodeBeginRequest },
  { record: 'END_REQUEST', decode: decodeEndRequest },
  { record: 'UNKNOWN_TYPE', decode: decodeUnknownType },
])('$record of another length than 8 bytes is a protocol error', ({ decode }) => {
  for (const length of [0, 7, 9]) {
    expect(() => decode(Buffer.alloc(length))).toThrow(
      expect.objectContaining({ code: 'ERR_FASTCGI_PROTOCOL' }),
    );
  }
});
