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

test('large bytes are handed over uncopied between what is small', () => {
  const body = Buffer.alloc(200_000, 'b');
  const parts = collect('he', 'ad', body, 'tail', Buffer.from('!')).take();
  expect(parts.map(({ length }) => length)).toEqual([4, 200_000, 5]);
  expect(parts[1]?.buffer).toBe(body.buffer);
  expect(Buffer.concat(parts).toString()).toBe(`head${body.toString()}tail!`);
});

test('a large string loses nothing', () => {
  const text = 'ü'.repeat(100_000);
  expect(Buffer.concat(collect('x', text).take()).toString()).toBe(`x${text}`);
});
