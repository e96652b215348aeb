/** Frameworks that route requests, each as its documentation writes it, started with the command of its README. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { EventStream } from '../../support/event-stream.ts';
import { findUnexpectedLines, startExample } from '../../support/example.ts';
import type { ExpressServer } from '../../support/express-server.ts';
import { request } from '../../support/http-request.ts';

interface Example {
  readonly greeting: string;
  /** What `/users/7?x=1` answers besides `"id"`. */
  readonly user: (server: ExpressServer) => Record<string, unknown>;
  /** What `/echo` received; most parse JSON. */
  readonly received?: unknown;
  /** Of the app itself. */
  readonly log?: readonly (string | RegExp)[];
}

const nodeUser = { id: '7', ip: '127.0.0.1', url: '/users/7?x=1' };

const examples: Readonly<Record<string, Example>> = {
  'express-app': {
    greeting: 'You are 127.0.0.1, speaking http to 127.0.0.1.',
    user: () => nodeUser,
  },
  'express-4-app': {
    greeting: 'Hello World!',
    user: () => nodeUser,
    log: ['Example app listening on port 3000'],
  },
  koa: {
    greeting: 'Hello World',
    user: () => nodeUser,
    received: '{"name":"Ada"}',
  },
  fastify: {
    greeting: '{"hello":"world"}',
    user: () => ({ ...nodeUser, id: 7 }),
  },
  hono: {
    greeting: 'Hello Node.js!',
    user: ({ url }) => ({ id: '7', url: `${url}/users/7?x=1` }),
  },
  h3: {
    greeting: '⚡️ Tadaa!',
    user: ({ url }) => ({ id: '7', ip: '127.0.0.1', url: `${url}/users/7?x=1` }),
    log: [/^➜ Listening on: http:\/\/127\.0\.0\.1:\d+\/$/],
  },
};

describe.each(Object.entries(examples))('the example %s', (name, { greeting, user, received, log = [] }) => {
  let server: ExpressServer;

  beforeAll(async () => {
    server = await startExample(name);
  });

  afterAll(async () => {
    await server.stop();
  });

  test('answers', async () => {
    const { status, text } = await request(server.url);
    expect([status, text]).toEqual([200, expect.stringContaining(greeting)]);
  });

  test('knows its route, its client and its URL', async () => {
    const { text } = await request(`${server.url}/users/7?x=1`);
    expect(JSON.parse(text)).toEqual(user(server));
  });

  test('reads a JSON body', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const response = await request(`${server.url}/echo`, { method: 'POST', headers, body: '{"name":"Ada"}' });
    expect(JSON.parse(response.text)).toEqual({ received: received ?? { name: 'Ada' } });
  });

  test('sends events at once', async () => {
    await expectEventsAtOnce(`${server.url}/events`);
  });

  test('answers its own 404', async () => {
    const { status, text } = await request(`${server.url}/missing`);
    expect([status, text]).toEqual([404, expect.not.stringContaining('Apache')]);
  });

  test('leaves a clean log', () => {
    expect(findUnexpectedLines(server, log)).toEqual([]);
  });
});

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
