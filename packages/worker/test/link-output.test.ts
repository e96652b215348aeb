import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

import { expect, test } from '@jest/globals';

import { LinkOutput } from '../src/link-output.ts';

/** A stream that remembers what it was given in one go. */
class Recorder extends Duplex {
  readonly writes: string[] = [];

  #held: (() => void)[] | undefined;

  /** Takes nothing for now. */
  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const done of held) done();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#take(describe(chunk), done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#take(chunks.map(({ chunk }) => describe(chunk)).join('+'), done);
  }

  #take(text: string, done: () => void): void {
    this.writes.push(text);
    if (this.#held === undefined) done();
    else this.#held.push(done);
  }
}

function describe(chunk: Buffer): string {
  return chunk.length < 100 ? chunk.toString() : `${chunk.length} bytes`;
}

/** The clock of every output; a busy machine does not move it. */
let now = 0;

function compute(milliseconds: number): void {
  now += milliseconds;
}

function open(): { stream: Recorder; output: LinkOutput; write: (text: string) => void } {
  const stream = new Recorder();
  const output = new LinkOutput(stream, () => now);
  return { stream, output, write: (text) => output.write(Buffer.from(text)) };
}

test('what is written in one turn leaves as one, at its end', async () => {
  const { stream, write } = open();
  write('a');
  write('b');
  await Promise.resolve();
  write('c');
  expect(stream.writes).toEqual([]);
  await turn();
  expect(stream.writes).toEqual(['abc']);
});

test('a little that is taken counts as sent in the next tick, as on a socket', async () => {
  const { output } = open();
  const called: string[] = [];
  output.write(Buffer.from('a'), () => called.push('a'));
  expect(called).toEqual([]);
  process.nextTick(() => called.push('next'));
  await turn();
  expect(called).toEqual(['a', 'next']);
});

test('behind what the connection has not taken, and when it is much, callbacks come when the bytes have left', async () => {
  const { stream, output } = open();
  const called: string[] = [];
  stream.hold();
  output.write(Buffer.alloc(100_000), () => called.push('much'));
  output.write(Buffer.from('b'), () => called.push('b'));
  await turn();
  await turn();
  expect(called).toEqual([]);
  stream.release();
  await turn();
  expect(called).toEqual(['much', 'b']);
});

test('much is not held, and not copied', async () => {
  const { stream, output, write } = open();
  write('head');
  output.write(Buffer.alloc(100_000));
  expect(stream.writes).toEqual(['head+100000 bytes']);
  write('next');
  await turn();
  expect(stream.writes).toEqual(['head+100000 bytes', 'next']);
});

test('an answer does not wait for handlers that compute, once one has', async () => {
  const { stream, write } = open();
  write('quick');
  compute(5);
  write('slow');
  expect(stream.writes).toEqual(['quickslow']);
  write('quick');
  expect(stream.writes).toEqual(['quickslow', 'quick']);
  await turn();
  compute(20);
  write('a');
  write('b');
  await turn();
  expect(stream.writes.slice(2)).toEqual(['ab']);
});

test('what is held leaves before the end', () => {
  const { stream, output, write } = open();
  write('last words');
  output.end();
  expect(stream.writes).toEqual(['last words']);
  expect(stream.writableEnded).toBe(true);
});

test('what is corked leaves as one, however long it is, together with what was there', async () => {
  const { stream, output, write } = open();
  write('before');
  output.cork();
  output.write(Buffer.alloc(70_000));
  output.write(Buffer.alloc(70_000));
  expect(stream.writes).toEqual([]);
  output.uncork();
  write('after');
  await turn();
  expect(stream.writes).toEqual(['before+70000 bytes+70000 bytes', 'after']);
});
