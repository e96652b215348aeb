import { STREAM_CONTENT_BYTES } from '@httpd-express/fastcgi';
import { expect, test } from '@jest/globals';

import { ContentBuffer } from '../src/content-buffer.ts';

function collect(...pieces: readonly (string | Uint8Array)[]): ContentBuffer {
  const content = new ContentBuffer();
  for (const piece of pieces) content.add(piece, 'utf8', Buffer.byteLength(piece));
  return content;
}

test('nothing is no buffer', () => {
  expect(collect().take()).toEqual([]);
});

test('a single piece of bytes is handed over uncopied', () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const [only] = collect(bytes).take();
  expect(only?.buffer).toBe(bytes.buffer);
});

test('small pieces are one buffer, in order, whatever they are', () => {
  const content = collect('ä', Buffer.from('-'), 'ö');
  expect(content.byteLength).toBe(5);
  expect(Buffer.concat(content.take()).toString()).toBe('ä-ö');
  expect(content.byteLength).toBe(0);
  expect(content.take()).toEqual([]);
});

test('a head and a large body are one full record, and the rest of the body uncopied', () => {
  const body = Buffer.alloc(200_000, 'b');
  const parts = collect('head', body, 'tail').take();
  expect(parts.map(({ length }) => length)).toEqual([
    STREAM_CONTENT_BYTES,
    200_004 - STREAM_CONTENT_BYTES,
    4,
  ]);
  expect(parts[1]?.buffer).toBe(body.buffer);
  expect(Buffer.concat(parts).toString()).toBe(`head${body.toString()}tail`);
});

test('a string that goes over the end of a record loses nothing', () => {
  const text = 'ü'.repeat(STREAM_CONTENT_BYTES);
  expect(Buffer.concat(collect('x', text).take()).toString()).toBe(`x${text}`);
});
