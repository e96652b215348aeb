/** Frameworks that route requests, each as its documentation writes it, started with the command of its README. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { EventStream } from '../../support/event-stream.ts';
import { findUnexpectedLines, startExample, startExported } from '../../support/example.ts';
import type { ExpressServer } from '../../support/express-server.ts';
import { request } from '../../support/http-request.ts';
import { createTemporaryDirectory } from '../../support/temporary-directory.ts';

interface Example {
  readonly greeting: string;
  /** What `/users/7?x=1` answers besides `"id"`. */
  readonly user: (server: ExpressServer) => Record<string, unknown>;
  /** What `/echo` received; most parse JSON. */
  readonly received?: unknown;
  /** Of the app itself. */
  readonly log?: readonly (string | RegExp)[];
  /** How the app listens; it may export this instead. */
  readonly listening: RegExp;
  readonly exported?: string;
}

const nodeUser = { id: '7', ip: '127.0.0.1', url: '/users/7?x=1' };

const appListens = /^app\.listen\([^]*\);$/m;
const appIsServed = /^serve\(app.*\);$/m;

const examples: Readonly<Record<string, Example>> = {
  'express-app': {
    listening: appListens,
    greeting: 'You are 127.0.0.1, speaking http to 127.0.0.1.',
    user: () => nodeUser,
  },
  'express-4-app': {
    listening: appListens,
    greeting: 'Hello World!',
    user: () => nodeUser,
    log: ['Example app listening on port 3000'],
  },
  koa: {
    listening: appListens,
    greeting: 'Hello World',
    user: () => nodeUser,
    received: '{"name":"Ada"}',
  },
  fastify: {
    listening: /^try \{[^]*\}$/m,
    exported: 'fastify',
    greeting: '{"hello":"world"}',
    user: () => ({ ...nodeUser, id: 7 }),
  },
  hono: {
    listening: appIsServed,
    greeting: 'Hello Node.js!',
    user: ({ url }) => ({ id: '7', url: `${url}/users/7?x=1` }),
  },
  h3: {
    listening: appIsServed,
    greeting: '⚡️ Tadaa!',
    user: ({ url }) => ({ id: '7', ip: '127.0.0.1', url: `${url}/users/7?x=1` }),
    log: [/^➜ Listening on: http:\/\/127\.0\.0\.1:\d+\/$/],
  },
};

const temporary = createTemporaryDirectory();

afterAll(() => {
  temporary.remove();
});

describe.each(Object.entries(examples))('the example %s, listening and exported', (name, example) => {
  /** As it is, and exporting its app. */
  let servers: readonly ExpressServer[] = [];

  beforeAll(async () => {
    servers = await Promise.all([startExample(name), startExportedApp(name, example)]);
  });

  afterAll(async () => {
    await onBoth((server) => server.stop());
  });

  async function onBoth(check: (server: ExpressServer) => Promise<unknown>): Promise<void> {
    await Promise.all(servers.map(check));
  }

  test('answers', async () => {
    await onBoth(async ({ url }) => {
      const { status, text } = await request(url);
      expect([status, text]).toEqual([200, expect.stringContaining(example.greeting)]);
    });
  });

  test('knows its route, its client and its URL', async () => {
    await onBoth(async (server) => {
      const { text } = await request(`${server.url}/users/7?x=1`);
      expect(JSON.parse(text)).toEqual(example.user(server));
    });
  });

  test('reads a JSON body', async () => {
    const { received = { name: 'Ada' } } = example;
    await onBoth(async ({ url }) => {
      const headers = { 'Content-Type': 'application/json' };
      const response = await request(`${url}/echo`, { method: 'POST', headers, body: '{"name":"Ada"}' });
      expect(JSON.parse(response.text)).toEqual({ received });
    });
  });

  test('sends events at once', async () => {
    await onBoth(({ url }) => expectEventsAtOnce(`${url}/events`));
  });

  test('answers its own 404', async () => {
    await onBoth(async ({ url }) => {
      const { status, text } = await request(`${url}/missing`);
      expect([status, text]).toEqual([404, expect.not.stringContaining('Apache')]);
    });
  });

  test('leaves a clean log', () => {
    for (const server of servers) expect(findUnexpectedLines(server, example.log)).toEqual([]);
  });
});

function startExportedApp(name: string, { listening, exported = 'app' }: Example): Promise<ExpressServer> {
  const directory = path.join(temporary.path, name);
  mkdirSync(directory);
  return startExported(name, {
    directory,
    entry: 'app.ts',
    listening,
    exporting: `export default ${exported};`,
  });
}

describe('the example plain-http', () => {
  let server: ExpressServer;

  beforeAll(async () => {
    server = await startExample('plain-http');
  });

  afterAll(async () => {
    await server.stop();
  });

  test('answers', async () => {
    const { status, text, headers } = await request(`${server.url}/any/path`);
    expect([status, text, headers['content-type']]).toEqual([200, 'Hello, World!\n', 'text/plain']);
  });

  test('sends events at once', async () => {
    await expectEventsAtOnce(`${server.url}/events`);
  });

  test('leaves a clean log', () => {
    expect(findUnexpectedLines(server, ['Server running at http://127.0.0.1:3000/'])).toEqual([]);
  });
});

/** The first event arrives before the second is sent, a second later. */
async function expectEventsAtOnce(url: string): Promise<void> {
  const events = new EventStream(url);
  try {
    await events.waitFor('data: 0\n\n');
    expect([events.status, events.type]).toEqual([200, expect.stringMatching(/^text\/event-stream/)]);
    expect(events.text).not.toContain('data: 1\n\n');
    await events.waitFor('data: 1\n\n');
  } finally {
    events.close();
  }
}
