/** Several apps behind one server, each made with another framework. */
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { request, type Response } from '../support/http-request.ts';
import { waitFor } from '../support/wait-for.ts';

let server: ExpressServer;

beforeAll(async () => {
  const file = path.join(import.meta.dirname, '../fixtures/apps/composition/composition.json');
  server = await ExpressServer.start(['--application-type', 'config', file]);
}, 30_000);

afterAll(async () => {
  await server.stop();
});

const get = (target: string): Promise<Response> => request(`${server.url}${target}`);
const json = async (target: string): Promise<unknown> => JSON.parse((await get(target)).text);

test.each(['koa', 'fastify', 'h3', 'hono', 'h3-2'])('an application of %s is served', async (app) => {
  const found = (await json(`/${app}/path`)) as { app: string; url: string; ip: string };
  expect(found).toMatchObject({ app, ip: '127.0.0.1' });
  expect(found.url).toMatch(/\/path$/);
});

test('an application that listens is served under its prefix', async () => {
  expect(await json('/fastify-listens/path')).toMatchObject({ app: 'fastify', url: '/path' });
});

test('the longest prefix wins, and the app sees what a mounted Express app sees', async () => {
  expect(await json('/express/path?a=1')).toEqual({
    ...{ app: 'express', url: '/path?a=1', baseUrl: '/express' },
    ...{ originalUrl: '/express/path?a=1', query: { a: '1' } },
  });
  expect((await get('/express')).text).toBe('root of express');
  expect(await json('/express/inner/x')).toMatchObject({ app: 'site', url: '/x', baseUrl: '/express/inner' });
  expect(await json('/expresso?y')).toEqual({
    ...{ app: 'site', url: '/expresso?y', baseUrl: '', originalUrl: '/expresso?y' },
  });
});

test('shared middleware runs for every mount, and sees the url without the prefix', async () => {
  for (const target of ['/koa/path', '/hono/path', '/']) {
    const { headers } = await get(target);
    expect([headers['x-stamp'], headers['x-made']]).toEqual([target === '/' ? '/' : '/path', 'yes']);
  }
});

test('errors of a middleware are answered with their status, or 500 and a line in the log', async () => {
  expect([(await get('/hono/refused')).status, (await get('/hono/broken')).status]).toEqual([403, 500]);
  await waitFor(() => server.errorLog.includes('broken middleware'), { within: 5000, what: 'the line' });
});

describe('an app with fetch', () => {
  test('is given a true Request', async () => {
    const url = `${server.url}/path`;
    expect(await json('/hono/path')).toMatchObject({ url, again: url });
  });

  test('reads the body', async () => {
    const body = 'x'.repeat(300_000);
    expect((await request(`${server.url}/hono/echo`, { method: 'POST', body })).text).toBe(body);
  });

  test('sets several cookies and no body', async () => {
    const { status, headers, text } = await get('/hono/cookies');
    expect([status, headers['set-cookie'], text]).toEqual([204, ['a=1', 'b=2'], '']);
  });

  test('streams, and to HEAD only says so', async () => {
    expect((await get('/hono/stream')).text).toHaveLength(500_000);
    const head = await request(`${server.url}/hono/path`, { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
  });

  test('answers 500 when it throws', async () => {
    expect((await get('/hono/throws')).status).toBe(500);
  });
});
