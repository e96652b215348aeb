import { IncomingMessage, ServerResponse } from 'node:http';

import { expect, test } from '@jest/globals';

import { assertNodeInternals } from '../src/node-internals.ts';

test('this version of Node has what req and res are built on', () => {
  expect(() => {
    assertNodeInternals();
  }).not.toThrow();
});

test('a version of Node that lacks an internal is refused by name', () => {
  const prototype = IncomingMessage.prototype as unknown as Record<string, unknown>;
  const { _addHeaderLines } = prototype;
  Reflect.deleteProperty(prototype, '_addHeaderLines');
  try {
    expect(assertNodeInternals).toThrow(
      expect.objectContaining({
        code: 'ERR_WORKER_NODE_UNSUPPORTED',
        message: `cannot serve with Node ${process.version}: its http module lacks _addHeaderLines`,
      }),
    );
  } finally {
    prototype['_addHeaderLines'] = _addHeaderLines;
  }
});

test('a response made elsewhere is untouched', () => {
  const res = new ServerResponse(new IncomingMessage(undefined as never));
  res.writeHead(200, { Connection: 'close' });
  expect((res as unknown as { _header: string })._header).toMatch(
    /^HTTP\/1\.1 200 OK\r\nConnection: close\r\n/,
  );
});
