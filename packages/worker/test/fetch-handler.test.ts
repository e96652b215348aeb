import { expect, test } from '@jest/globals';

import { createFetchServer } from '../src/fetch-handler.ts';
import { post, serve, text } from './serve.ts';
import { waitFor } from './wait-for.ts';

test('a request is a Request with the url of the client, whatever it forwards', async () => {
  const server = await createFetchServer({
    fetch: (request) => new Response(`${request.url} ${String(request instanceof Request)}`),
  });
  const forwarded = { HTTP_X_FORWARDED_PROTO: 'https', HTTP_X_FORWARDED_HOST: 'evil.example' };
  const response = await serve(server).send({ REQUEST_URI: '/path?a=%2F', ...forwarded });
  expect(text(response)).toBe('http://app.example/path?a=%2F true');
  expect(text(await serve(server).send({ HTTPS: 'on' }))).toBe('https://app.example/ true');
});

test('the signal of a request aborts when its client has left', async () => {
  let signal: AbortSignal | undefined;
  const server = await createFetchServer({
    fetch: (request) => {
      signal = request.signal;
      return new Promise<Response>(() => undefined);
    },
  });
  const { request } = serve(server).begin({}, { stdin: Buffer.alloc(0) });
  await waitFor(() => signal !== undefined, { what: 'the request' });
  expect(signal?.aborted).toBe(false);
  request.abort();
  await waitFor(() => signal?.aborted === true, { what: 'the signal' });
});

test('a body nobody reads does not hold an answer up', async () => {
  const server = await createFetchServer({ fetch: () => new Response('early', { status: 413 }) });
  const { request } = serve(server).begin(post(1_000_000));
  request.writeStdin(Buffer.alloc(500_000));
  await waitFor(() => request.ended, { what: 'the answer' });
});

test('a body is read when it is asked for, or cancelled', async () => {
  const server = await createFetchServer({
    fetch: async (request) => {
      if (request.url.endsWith('/read')) return new Response(String((await request.text()).length));
      await request.body?.cancel();
      return new Response('cancelled');
    },
  });
  const read = { ...post(200_000), REQUEST_URI: '/read' };
  expect(text(await serve(server).send(read, Buffer.alloc(200_000)))).toBe('200000');
  expect(text(await serve(server).send(post(200_000), Buffer.alloc(200_000)))).toBe('cancelled');
  expect(text(await serve(server).send({ ...post(0), REQUEST_URI: '/read' }, Buffer.alloc(0)))).toBe('0');
});

test('the body of a response is read no faster than its client reads, and cancelled when it leaves', async () => {
  let pulled = 0;
  let isCancelled = false;
  const body = () =>
    new ReadableStream({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(65_536));
      },
      cancel: () => {
        isCancelled = true;
      },
    });
  const server = await createFetchServer({ fetch: () => new Response(body()) });
  const { request, bridge } = serve(server).begin({}, { stdin: Buffer.alloc(0) });
  bridge.pause();
  await waitFor(() => pulled > 0, { what: 'the first chunk' });
  const settled = await settle(() => pulled);
  expect(settled).toBeLessThan(100);
  request.abort();
  await waitFor(() => isCancelled, { what: 'the end of the body' });
});

test('globals are left alone', async () => {
  const before = [globalThis.Request, globalThis.Response];
  await createFetchServer({ fetch: () => new Response() });
  expect([globalThis.Request, globalThis.Response]).toEqual(before);
});

/** The number when it no longer grows. */
async function settle(read: () => number): Promise<number> {
  let last = -1;
  let since = performance.now();
  await waitFor(
    () => {
      if (read() !== last) since = performance.now();
      last = read();
      return performance.now() - since > 100 || last > 5000;
    },
    { what: 'a pause' },
  );
  return last;
}
