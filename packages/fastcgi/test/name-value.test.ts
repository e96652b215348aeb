import { describe, expect, test } from '@jest/globals';

import { decodeNameValues, encodeNameValues, findValue } from '../src/index.ts';

const text = (length: number) => 'x'.repeat(length);

describe('name-value pairs', () => {
  test.each([
    { nameLength: 0, valueLength: 0, bytes: 2 },
    { nameLength: 1, valueLength: 0, bytes: 3 },
    { nameLength: 127, valueLength: 127, bytes: 2 + 254 },
    { nameLength: 128, valueLength: 127, bytes: 5 + 255 },
    { nameLength: 127, valueLength: 128, bytes: 5 + 255 },
    { nameLength: 128, valueLength: 128, bytes: 8 + 256 },
    { nameLength: 5, valueLength: 70_000, bytes: 5 + 70_005 },
  ])('name of $nameLength and value of $valueLength bytes take $bytes bytes and are read back', (row) => {
    const pair: [string, string] = [text(row.nameLength), text(row.valueLength)];
    const bytes = encodeNameValues([pair]);
    expect(bytes).toHaveLength(row.bytes);
    expect(decodeNameValues(bytes)).toEqual([pair]);
  });

  test('the long form begins with its highest bit set', () => {
    expect([...encodeNameValues([[text(128), '']]).subarray(0, 5)]).toEqual([0x80, 0, 0, 128, 0]);
  });

  test('the long form is accepted for a short length', () => {
    expect(decodeNameValues(Buffer.from('\x80\0\0\x01\x80\0\0\x02nvv', 'latin1'))).toEqual([['n', 'vv']]);
  });

  test('order and repeated names are kept', () => {
    const pairs: [string, string][] = [
      ['B', '1'],
      ['A', '2'],
      ['B', '3'],
    ];
    expect(decodeNameValues(encodeNameValues(pairs))).toEqual(pairs);
  });

  test('every byte value survives, as a string and as a buffer', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const latin1 = bytes.toString('latin1');
    expect(decodeNameValues(encodeNameValues([[bytes, latin1]]))).toEqual([[latin1, latin1]]);
  });

  test('one of many is found by its name, the first of repeated ones', () => {
    const pairs: [string, string][] = [
      ['LENGTH', text(200)],
      ['CONTENT', 'LENGTH'],
      ['', 'empty'],
      [text(130), 'long'],
      ['LENGTHS', '1'],
      ['HTGNEL', '2'],
      ['LENGTH', '3'],
    ];
    const bytes = encodeNameValues(pairs);
    for (const [name] of pairs) expect(findValue(bytes, name)).toBe(new Map(pairs.toReversed()).get(name));
    expect(findValue(bytes, 'NONE')).toBeUndefined();
    expect(findValue(Buffer.alloc(0), '')).toBeUndefined();
  });

  test('no pairs are no bytes', () => {
    expect(encodeNameValues([])).toHaveLength(0);
    expect(decodeNameValues(Buffer.alloc(0))).toEqual([]);
  });

  test('bytes cut off anywhere but between pairs are a protocol error', () => {
    const first = encodeNameValues([['NAME', text(130)]]);
    const bytes = Buffer.concat([first, encodeNameValues([[text(128), 'v']])]);
    for (let length = 1; length < bytes.length; length += 1) {
      if (length === first.length) continue;
      expect(() => decodeNameValues(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'ERR_FASTCGI_PROTOCOL' }),
      );
    }
  });

  test('a length of 2 GiB in a few bytes is a protocol error and allocates nothing', () => {
    expect(() => decodeNameValues(Buffer.from('\xff\xff\xff\xff\xff\xff\xff\xffn', 'latin1'))).toThrow(
      expect.objectContaining({ code: 'ERR_FASTCGI_PROTOCOL' }),
    );
  });
});
