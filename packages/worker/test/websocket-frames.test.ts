import { describe, expect, test } from '@jest/globals';

import { FrameWatch } from '../src/websocket-frames.ts';

const head = Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n');
const restart = Buffer.from([0x88, 2, 0x03, 0xf4]);

/** A frame of a server: text, and unmasked. */
function frame(length: number): Buffer {
  const payload = Buffer.alloc(length, 'x');
  if (length < 126) return Buffer.concat([Buffer.from([0x81, length]), payload]);
  const extended = Buffer.alloc(length < 65_536 ? 2 : 8);
  extended.writeUIntBE(length, extended.length === 2 ? 0 : 2, extended.length === 2 ? 2 : 6);
  return Buffer.concat([Buffer.from([0x81, length < 65_536 ? 126 : 127]), extended, payload]);
}

/** Gives the watch bytes in pieces of a size, asking for the close after so many bytes; answers what comes out. */
function write(bytes: Buffer, { size, closeAfter }: { size: number; closeAfter: number }): Buffer {
  const watch = new FrameWatch();
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    if (at >= closeAfter) watch.close(1012);
    out.push(watch.take(bytes.subarray(at, at + size)));
  }
  watch.close(1012);
  out.push(watch.take(Buffer.alloc(0)));
  return Buffer.concat(out);
}

describe('a close frame', () => {
  const frames = [frame(0), frame(5), frame(125), frame(126), frame(70_000), frame(3)];
  const bytes = Buffer.concat([head, ...frames]);
  const ends = frames.map((_, index) => Buffer.concat([head, ...frames.slice(0, index)]).length);

  test.each([1, 2, 3, 7, 100, 4096, 1_000_000])(
    'goes out between two frames, whatever the app writes, in pieces of %d bytes',
    (size) => {
      for (const closeAfter of [0, 10, head.length, head.length + 1, ...ends.map((end) => end + 1)]) {
        const out = write(bytes, { size, closeAfter });
        const cut = out.length - restart.length;
        expect(out.subarray(cut)).toEqual(restart);
        expect(out.subarray(0, cut).equals(bytes.subarray(0, cut))).toBe(true);
        expect([...ends, bytes.length]).toContain(cut);
      }
    },
  );

  test('is the last that goes out', () => {
    const watch = new FrameWatch();
    watch.take(head);
    watch.close(1001);
    expect(watch.take(frame(5))).toEqual(Buffer.from([0x88, 2, 0x03, 0xe9]));
    expect(watch.take(frame(5))).toHaveLength(0);
    expect(watch.isClosed).toBe(true);
  });

  test('waits for the answer to the handshake', () => {
    const watch = new FrameWatch();
    watch.close(1012);
    expect(watch.take(head)).toEqual(Buffer.concat([head, restart]));
  });

  test('does not follow one of the app', () => {
    const watch = new FrameWatch();
    const closing = Buffer.from([0x88, 2, 0x03, 0xe8]);
    watch.take(head);
    watch.take(closing);
    watch.close(1012);
    expect(watch.take(Buffer.alloc(0))).toHaveLength(0);
  });

  test.each(['HTTP/1.1 400 Bad Request\r\n\r\nno', 'HTTP/1.1 1010 x\r\n\r\n', 'anything else at all'])(
    'never goes out after %j',
    (answer) => {
      const watch = new FrameWatch();
      watch.close(1012);
      expect(watch.take(Buffer.from(answer)).toString()).toBe(answer);
      expect(watch.isWebSocket).toBe(false);
    },
  );

  test('may come between the fragments of a message', () => {
    const watch = new FrameWatch();
    watch.take(head);
    const fragment = Buffer.from([0x01, 1, 0x61]);
    expect(watch.take(fragment)).toEqual(fragment);
    watch.close(1012);
    expect(watch.take(Buffer.alloc(0))).toEqual(restart);
  });
});
