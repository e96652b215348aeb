/** NestJS as its documentation writes it: decorators, injection by type, on both of its adapters. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { EventStream } from '../../support/event-stream.ts';
import { findUnexpectedLines, startExample, startExported } from '../../support/example.ts';
import { runExpress } from '../../support/express-command.ts';
import type { ExpressServer } from '../../support/express-server.ts';
import { request, type Response } from '../../support/http-request.ts';
import { createTemporaryDirectory } from '../../support/temporary-directory.ts';
import { waitFor } from '../../support/wait-for.ts';

describe.each([
  ['its default adapter, Express', 'src/main.ts'],
  ['the Fastify adapter', 'src/main-fastify.ts'],
])('the example nestjs on %s, listening and exported', (_title, entry) => {
  const temporary = createTemporaryDirectory();
  let servers: readonly ExpressServer[] = [];

  beforeAll(async () => {
    servers = await Promise.all([
      startExample('nestjs', { app: entry }),
      startExported('nestjs', {
        ...{ directory: temporary.path, entry },
        listening: /await app\.listen\([^]*await bootstrap\(\);/,
        exporting: 'return app;\n}\n\nexport default bootstrap();',
      }),
    ]);
  });

  afterAll(async () => {
    await onBoth((server) => server.stop());
    temporary.remove();
  });

  async function onBoth(check: (server: ExpressServer) => Promise<unknown>): Promise<void> {
    await Promise.all(servers.map(check));
  }

  test('injects by type, reads JSON, converts parameters', async () => {
    await onBoth(async (server) => {
      expect(await post(server, '/cats', '{"name":"Tom"}')).toMatchObject({
        status: 201,
        text: '{"id":1,"name":"Tom"}',
      });
      expect((await request(`${server.url}/cats/1`)).text).toBe('{"id":1,"name":"Tom"}');
      expect((await request(`${server.url}/cats/me`)).text).toBe('{"ip":"127.0.0.1"}');
    });
  });

  test('answers what its pipes and exceptions say', async () => {
    await onBoth(async (server) => {
      expect((await request(`${server.url}/cats/one`)).status).toBe(400);
      expect((await request(`${server.url}/cats/9`)).text).toBe('{"message":"Not Found","statusCode":404}');
      expect((await request(`${server.url}/missing`)).text).toContain('"Cannot GET /missing"');
    });
  });

  test('sends events at once', async () => {
    await onBoth(async (server) => {
      const events = new EventStream(`${server.url}/cats/events`);
      await events.waitFor('data: {"count":0}');
      expect(events.text).not.toContain('{"count":1}');
      await events.waitFor('data: {"count":1}');
      events.close();
    });
  });

  test('runs its shutdown hooks when a reload replaces it', async () => {
    await onBoth(async (server) => {
      expect(await runExpress(['reload', '--server-root', server.serverRoot])).toMatchObject({ status: 0 });
      await waitFor(() => server.errorLog.includes('closed by SIGTERM'), {
        within: 10_000,
        what: 'the shutdown hook',
      });
      expect((await request(`${server.url}/cats/me`)).status).toBe(200);
    });
  });

  test('leaves a clean log', () => {
    for (const server of servers) expect(findUnexpectedLines(server, ['closed by SIGTERM'])).toEqual([]);
  });
});

function post(server: ExpressServer, target: string, body: string): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' };
  return request(server.url + target, { method: 'POST', headers, body });
}
