/** tRPC and GraphQL Yoga: calls, batches, and subscriptions over server-sent events. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { EventStream } from '../../support/event-stream.ts';
import { findExample, findUnexpectedLines, startExample, startExported } from '../../support/example.ts';
import type { ExpressServer } from '../../support/express-server.ts';
import { request } from '../../support/http-request.ts';
import { createTemporaryDirectory } from '../../support/temporary-directory.ts';

describe('the example trpc', () => {
  let server: ExpressServer;

  beforeAll(async () => {
    server = await startExample('trpc');
  });

  afterAll(async () => {
    await server.stop();
  });

  test('serves its own client: a mutation, a batch of queries and a subscription', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'client.ts', server.url],
      { cwd: findExample('trpc') },
    );
    expect(stdout.trim().split('\n')).toEqual([
      '{"user":{"id":"1","name":"Ada"},"list":[{"id":"1","name":"Ada"}]}',
      ...['{"count":0}', '{"count":1}', '{"count":2}'],
    ]);
  });

  test('sends what is subscribed to at once', async () => {
    const events = new EventStream(`${server.url}/ticks`);
    await events.waitFor('{"count":0}');
    expect(events.text).not.toContain('{"count":1}');
    await events.waitFor('{"count":1}');
    events.close();
  });

  test('answers its own errors', async () => {
    const { status, text } = await request(`${server.url}/missing`);
    expect([status, JSON.parse(text)]).toMatchObject([404, { error: { data: { code: 'NOT_FOUND' } } }]);
  });

  test('leaves a clean log', () => {
    expect(findUnexpectedLines(server)).toEqual([]);
  });
});

const temporary = createTemporaryDirectory();

afterAll(() => {
  temporary.remove();
});

describe.each([
  ['listening', () => startExample('graphql-yoga')],
  [
    'exported',
    () =>
      startExported('graphql-yoga', {
        ...{ directory: temporary.path, entry: 'app.ts' },
        listening: /^const server = createServer\(yoga\);[^]*$/m,
        exporting: 'export default yoga;',
      }),
  ],
])('the example graphql-yoga, %s', (_title, start) => {
  let server: ExpressServer;

  beforeAll(async () => {
    server = await start();
  });

  afterAll(async () => {
    await server.stop();
  });

  test('answers a query', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ query: '{ hello(name: "Ada") }' });
    const { text } = await request(`${server.url}/graphql`, { method: 'POST', headers, body });
    expect(JSON.parse(text)).toEqual({ data: { hello: 'Hello Ada' } });
  });

  test('serves GraphiQL to a browser', async () => {
    const { headers, text } = await request(`${server.url}/graphql`, { headers: { Accept: 'text/html' } });
    expect([headers['content-type'], text]).toEqual(['text/html', expect.stringContaining('Yoga GraphiQL')]);
  });

  test('sends a subscription as server-sent events, at once and to its end', async () => {
    const query = encodeURIComponent('subscription { countdown(from: 2) }');
    const events = new EventStream(`${server.url}/graphql?query=${query}`);
    await events.waitFor('{"data":{"countdown":2}}');
    expect(events.type).toBe('text/event-stream');
    expect(events.text).not.toContain('{"data":{"countdown":1}}');
    await events.waitFor('{"data":{"countdown":0}}');
    await events.waitFor('event: complete');
    await events.waitForEnd();
  });

  test('leaves a clean log', () => {
    expect(findUnexpectedLines(server, [/^Server is running on /])).toEqual([]);
  });
});
