import type { IncomingMessage } from 'node:http';

import { beforeAll, expect, test } from '@jest/globals';

import { provideAbortSignal } from '../src/abort-signal.ts';
import { serve } from './serve.ts';
import { waitFor } from './wait-for.ts';

/** `req.signal`, which the types of Node 20 do not know. */
function signalOf(req: IncomingMessage | undefined): AbortSignal | undefined {
  return (req as unknown as { readonly signal: AbortSignal } | undefined)?.signal;
}

beforeAll(() => {
  provideAbortSignal();
});

test('the signal of a request aborts when its time is up', async () => {
  let req: IncomingMessage | undefined;
  const served = serve((incoming) => {
    req = incoming;
    signalOf(req);
  });
  const { request } = served.begin();
  request.endStdin();
  await waitFor(() => req !== undefined, { within: 2000, what: 'the request' });
  expect(signalOf(req)?.aborted).toBe(false);
  request.abort();
  await waitFor(() => signalOf(req)?.aborted === true, { within: 2000, what: 'the signal' });
});

test('the signal of a request that was answered never aborts', async () => {
  let req: IncomingMessage | undefined;
  const served = serve((incoming, res) => {
    req = incoming;
    signalOf(req);
    res.end('done');
  });
  await served.send();
  const turn = new Promise((resolve) => setImmediate(resolve));
  await turn;
  expect(signalOf(req)?.aborted).toBe(false);
});

test('a signal that is asked for after the request was lost is aborted', async () => {
  let req: IncomingMessage | undefined;
  const served = serve((incoming) => {
    req = incoming;
  });
  const { request } = served.begin();
  request.endStdin();
  await waitFor(() => req !== undefined, { within: 2000, what: 'the request' });
  request.abort();
  await waitFor(() => req?.socket.destroyed === true, { within: 2000, what: 'the abort' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(signalOf(req)?.aborted).toBe(true);
});
