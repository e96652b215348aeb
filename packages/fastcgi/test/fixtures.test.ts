import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from '@jest/globals';

import {
  type BeginRequest,
  decodeBeginRequest,
  decodeEndRequest,
  decodeNameValues,
  encodeBeginRequest,
  encodeEndRequest,
  encodeNameValues,
  encodeRecord,
  type EndRequest,
  type FastCgiRecord,
  RecordParser,
  RecordType,
} from '../src/index.ts';
import { feedings } from './feedings.ts';

/** One record of a fixture's .json; the .hex beside it holds the same records as bytes. */
interface FixtureRecord {
  /** A name of RecordType, or a number that has none. */
  readonly type: keyof typeof RecordType | number;
  readonly requestId: number;
  readonly padding?: number;
  readonly begin?: BeginRequest;
  readonly end?: EndRequest;
  readonly pairs?: [string, string][];
  /** latin1 */
  readonly content?: string;
}

const directory = path.join(import.meta.dirname, 'fixtures');
const files = readdirSync(directory);
const names = files.filter((file) => file.endsWith('.hex')).map((file) => path.basename(file, '.hex'));

test('every fixture has both halves', () => {
  expect(files).toEqual(names.flatMap((name) => [`${name}.hex`, `${name}.json`]));
});

test.each(names)('%s: the bytes are read as the records, in every cut', (name) => {
  const { bytes, records } = readFixture(name);
  for (const chunks of feedings(bytes)) {
    const read: FixtureRecord[] = [];
    const parser = new RecordParser((record) => {
      read.push(decodeAs(record, records[read.length]));
    });
    for (const chunk of chunks) parser.push(chunk);
    expect(read).toEqual(records);
  }
});

test.each(names)('%s: the records are written as the bytes', (name) => {
  const { bytes, records } = readFixture(name);
  expect(Buffer.concat(records.map(encode)).toString('hex')).toBe(bytes.toString('hex'));
});

function readFixture(name: string): { readonly bytes: Buffer; readonly records: readonly FixtureRecord[] } {
  const read = (extension: string) => readFileSync(path.join(directory, name + extension), 'utf8');
  const digits = read('.hex').replaceAll(/#.*|\s/g, '');
  return { bytes: Buffer.from(digits, 'hex'), records: JSON.parse(read('.json')) as FixtureRecord[] };
}

/** In the form that the fixture chose for this record. */
function decodeAs(record: FastCgiRecord, form: FixtureRecord = { type: 0, requestId: 0 }): FixtureRecord {
  const { content, bytes, requestId } = record;
  const name = Object.entries(RecordType).find(([, type]) => type === record.type)?.[0];
  const padding = bytes.length - 8 - content.length;
  return {
    type: (name as keyof typeof RecordType | undefined) ?? record.type,
    requestId,
    ...(padding > 0 && { padding }),
    ...(form.begin && { begin: decodeBeginRequest(content) }),
    ...(form.end && { end: decodeEndRequest(content) }),
    ...(form.pairs && { pairs: decodeNameValues(content) }),
    ...(form.content !== undefined && { content: content.toString('latin1') }),
  };
}

function encode(record: FixtureRecord): Buffer {
  const type = typeof record.type === 'number' ? record.type : RecordType[record.type];
  return encodeRecord(type, record.requestId, encodeContent(record), record.padding);
}

function encodeContent({ requestId, begin, end, pairs, content = '' }: FixtureRecord): Buffer {
  if (begin !== undefined) return encodeBeginRequest({ requestId, ...begin }).subarray(8);
  if (end !== undefined) return encodeEndRequest({ requestId, ...end }).subarray(8);
  return pairs === undefined ? Buffer.from(content, 'latin1') : encodeNameValues(pairs);
}
