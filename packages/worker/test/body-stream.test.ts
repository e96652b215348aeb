import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

import { expect, jest, test } from '@jest/globals';

import { createBodyStream } from '../src/body-stream.ts';

test('what has come is one piece, of its very memory where it came as one', async () => {
  const { req, reader } = begin();
  const first = reader.read();
  push(req, 'one', 'two', 'three');
  expect(await pieceOf(first)).toBe('onetwothree');
  const alone = Buffer.from('alone');
  req.push(alone);
  const { value } = await reader.read();
  expect(Buffer.from(value ?? []).toString()).toBe('alone');
  expect(value?.buffer).toBe(alone.buffer);
  req.push(null);
  expect(await reader.read()).toEqual({ done: true, value: undefined });
});

test('an end that comes with the last piece is there with it', async () => {
  const { req, reader } = begin();
  push(req, 'all');
  req.push(null);
  expect(await pieceOf(reader.read())).toBe('all');
  await reader.closed;
});

test('the client waits for an app that does not read on', async () => {
  const { req, reader } = begin();
  expect(req.listenerCount('data')).toBe(0);
  const first = reader.read();
  push(req, 'x'.repeat(60_000));
  await first;
  push(req, 'x'.repeat(60_000));
  expect(req.isPaused()).toBe(false);
  push(req, 'x'.repeat(60_000));
  expect(req.isPaused()).toBe(true);
  expect((await pieceOf(reader.read())).length).toBe(120_000);
  expect(req.isPaused()).toBe(false);
});

test('it fails as the request does, after what has come', async () => {
  const { req, reader } = begin();
  const first = reader.read();
  await setImmediate();
  push(req, 'part');
  req.destroy(new Error('gone'));
  expect(await pieceOf(first)).toBe('part');
  await expect(reader.read()).rejects.toThrow('gone');
});

test('a request that closes before its end is an AbortError', async () => {
  const { req, reader } = begin();
  const first = reader.read();
  await setImmediate();
  req.destroy();
  await expect(first).rejects.toMatchObject({ name: 'AbortError' });
  const { req: closed, reader: late } = begin();
  closed.destroy();
  await expect(late.read()).rejects.toMatchObject({ name: 'AbortError' });
});

test('what somebody else has read is unusable', async () => {
  const { req, reader } = begin();
  req.push(null);
  await new Promise((resolve) => req.resume().on('end', resolve));
  await expect(reader.read()).rejects.toThrow(TypeError);
});

test('an app that cancels it leaves the request alone', async () => {
  const { req, reader } = begin();
  const first = reader.read();
  push(req, 'part');
  await first;
  await reader.cancel();
  expect([req.destroyed, req.listenerCount('data'), req.isPaused()]).toEqual([false, 0, true]);
});

test('nothing is given to a stream that was cancelled while it waited', async () => {
  const close = jest.spyOn(ReadableStreamDefaultController.prototype, 'close');
  const { req, reader } = begin();
  const waiting = reader.read();
  await setImmediate();
  await reader.cancel();
  req.push(null);
  await new Promise((resolve) => req.resume().on('end', resolve));
  await setImmediate();
  expect(close).not.toHaveBeenCalled();
  close.mockRestore();
  expect(await waiting).toEqual({ done: true, value: undefined });
});

function begin() {
  const req = new IncomingMessage(new Socket());
  return { req, reader: createBodyStream(req).getReader() };
}

function push(req: IncomingMessage, ...chunks: readonly string[]): void {
  for (const chunk of chunks) req.push(Buffer.from(chunk));
}

async function pieceOf(read: ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>): Promise<string> {
  const { value } = await read;
  return Buffer.from(value ?? []).toString();
}
