import { describe, expect, test } from '@jest/globals';

import {
  encodeBeginRequest,
  encodeRecord,
  type FastCgiRecord,
  RecordParser,
  RecordType,
} from '../src/index.ts';
import { cutAt, feedings } from './feedings.ts';
import { parseAll, type PlainRecord, toPlain } from './recorded-output.ts';

const three = Buffer.concat([
  encodeBeginRequest({ requestId: 1, role: 1, keepConnection: true }),
  encodeRecord(RecordType.Params, 1),
  encodeRecord(RecordType.Stdin, 0xffff, Buffer.from('body'), 3),
]);

const badVersion = expect.objectContaining({ code: 'ERR_FASTCGI_PROTOCOL' });

describe('RecordParser', () => {
  test('every cut of a message gives the same records', () => {
    const whole = parseAll([three]);
    expect(whole).toHaveLength(3);
    for (const chunks of feedings(three)) expect(parseAll(chunks)).toEqual(whole);
  });

  test('a record with the most content and padding is read whole from any chunk size', () => {
    const content = Buffer.alloc(65_535, 'abcdefghi');
    const message = Buffer.concat([
      encodeRecord(RecordType.Stdin, 1, content, 255),
      encodeRecord(RecordType.Stdin, 1),
    ]);
    for (const size of [1000, 8, 7, 16_384, 65_536, 65_797, 65_798, 65_799, 65_805]) {
      const cuts = Array.from(
        { length: Math.ceil(message.length / size) - 1 },
        (_, index) => (index + 1) * size,
      );
      expect(parseAll(cutAt(message, cuts)).map((record) => record.content)).toEqual([
        content.toString('latin1'),
        '',
      ]);
    }
  });

  test('records inside one chunk are views of it', () => {
    const records: FastCgiRecord[] = [];
    new RecordParser((record) => records.push(record)).push(three);
    const content = records[2]?.content;
    expect(content?.buffer).toBe(three.buffer);
    expect(content?.byteOffset).toBe(three.byteOffset + 32);
    expect(records[0]?.bytes.buffer).toBe(three.buffer);
  });

  test('the bytes of a record are exactly those received, padding and reserved byte included', () => {
    const bytes = Buffer.from([1, 99, 0xab, 0xcd, 0, 2, 3, 77, 10, 11, 1, 2, 3]);
    for (const chunks of feedings(bytes)) {
      expect(parseAll(chunks)).toEqual([
        { type: 99, requestId: 0xabcd, content: '\n\v', bytes: bytes.toString('latin1') },
      ]);
    }
  });

  test('an unfinished record is counted until its rest comes', () => {
    const parser = new RecordParser(() => undefined);
    expect(parser.bufferedBytes).toBe(0);
    parser.push(three.subarray(0, 20));
    expect(parser.bufferedBytes).toBe(4);
    parser.push(three.subarray(20));
    expect(parser.bufferedBytes).toBe(0);
  });

  test('an empty chunk changes nothing', () => {
    expect(
      parseAll([Buffer.alloc(0), three.subarray(0, 5), Buffer.alloc(0), three.subarray(5)]),
    ).toHaveLength(3);
  });

  test('another version than 1 is a protocol error after the records before it, in every cut', () => {
    const message = Buffer.concat([three, Buffer.from([2, 1, 0, 1, 0, 0, 0, 0])]);
    for (const chunks of feedings(message)) {
      let delivered = 0;
      const parser = new RecordParser(() => (delivered += 1));
      expect(() => {
        chunks.forEach((chunk) => {
          parser.push(chunk);
        });
      }).toThrow(badVersion);
      expect(delivered).toBe(3);
    }
  });

  test('a parser that met a protocol error delivers nothing more', () => {
    let delivered = 0;
    const parser = new RecordParser(() => (delivered += 1));
    expect(() => {
      parser.push(Buffer.alloc(8));
    }).toThrow(badVersion);
    parser.push(three);
    expect(delivered).toBe(0);
  });

  test('stop inside a handler is the end, even for the rest of the chunk', () => {
    for (const chunks of feedings(three)) {
      const types: number[] = [];
      const parser: RecordParser = new RecordParser((record) => {
        types.push(record.type);
        if (record.type === RecordType.Params) parser.stop();
      });
      for (const chunk of chunks) parser.push(chunk);
      expect(types).toEqual([RecordType.BeginRequest, RecordType.Params]);
      expect(parser.bufferedBytes).toBe(0);
    }
  });

  test('a chunk pushed from inside a handler comes after the one being read', () => {
    const contents: string[] = [];
    const record = (text: string) => encodeRecord(RecordType.Stdin, 1, Buffer.from(text));
    const parser: RecordParser = new RecordParser(({ content }) => {
      contents.push(content.toString('latin1'));
      if (contents.length === 1)
        cutAt(record('last'), [3, 9]).forEach((chunk) => {
          parser.push(chunk);
        });
    });
    parser.push(Buffer.concat([record('first'), record('second')]));
    expect(contents).toEqual(['first', 'second', 'last']);
  });

  test('what a handler throws is thrown, and the parser is stopped', () => {
    let delivered = 0;
    const parser = new RecordParser(() => {
      delivered += 1;
      throw new Error('handler');
    });
    expect(() => {
      parser.push(three);
    }).toThrow('handler');
    parser.push(three);
    expect(delivered).toBe(1);
  });

  test('released anywhere, and by any record, another parser goes on from what it returns', () => {
    const message = Buffer.concat([three, three]);
    const whole = parseAll([message]);
    for (const chunks of feedings(message)) {
      for (let count = 0; count <= whole.length; count += 1) {
        const records: PlainRecord[] = [];
        let rest: readonly Buffer[] | undefined;
        const parser = new RecordParser((record) => {
          records.push(toPlain(record));
          if (records.length === count) rest = parser.release();
        });
        for (const chunk of chunks) {
          if (rest === undefined) parser.push(chunk);
          else rest = [...rest, chunk];
        }
        expect([...records, ...parseAll(rest ?? parser.release())]).toEqual(whole);
      }
    }
  });

  test('released between chunks, it returns the unfinished record and reads no more', () => {
    const records: FastCgiRecord[] = [];
    const parser = new RecordParser((record) => records.push(record));
    parser.push(three.subarray(0, 35));
    expect(Buffer.concat(parser.release())).toEqual(three.subarray(24, 35));
    parser.push(three);
    expect(records).toHaveLength(2);
    expect(parser.release()).toEqual([]);
  });
});
