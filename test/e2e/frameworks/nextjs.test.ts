/** Next.js as its documentation writes it: production build, custom server, static files by httpd. */
import { gunzipSync } from 'node:zlib';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { buildExample } from '../../support/build-example.ts';
import { EventStream } from '../../support/event-stream.ts';
import { findUnexpectedLines, startExample } from '../../support/example.ts';
import { ExpressCommand } from '../../support/express-command.ts';
import type { ExpressServer } from '../../support/express-server.ts';
import { request } from '../../support/http-request.ts';

let server: ExpressServer;

beforeAll(async () => {
  await buildExample('nextjs');
  server = await startExample('nextjs');
}, 120_000);

afterAll(async () => {
  await server.stop();
});

test('a page streams: its shell arrives before its slow part', async () => {
  const page = new EventStream(server.url, { Accept: 'text/html' });
  await page.waitFor('<p>loading…</p>');
  expect(page.text).not.toContain('the slow part');
  await page.waitForEnd();
  expect(page.text).toContain('<p>the slow part</p>');
});

test('a page that Next compresses streams too', async () => {
  const page = new EventStream(server.url, { Accept: 'text/html', 'Accept-Encoding': 'gzip' });
  await page.waitFor('<p>loading…</p>');
  expect([page.encoding, page.text]).toEqual(['gzip', expect.not.stringContaining('the slow part')]);
  await page.waitForEnd();
});

test('a prerendered page, a page with parameters and a missing one are answered by Next', async () => {
  const about = await request(`${server.url}/about`, { headers: { 'Accept-Encoding': 'gzip' } });
  expect(gunzipSync(about.body).toString()).toContain('<h1>About</h1>');
  expect(about.headers).toMatchObject({ 'x-nextjs-cache': 'HIT', 'x-powered-by': 'Next.js' });
  const unchanged = await request(`${server.url}/about`, {
    headers: { 'If-None-Match': about.headers.etag, 'Accept-Encoding': 'gzip' },
  });
  expect([unchanged.status, unchanged.text]).toEqual([304, '']);
  const user = await request(`${server.url}/users/7`);
  expect(user.text.replaceAll('<!-- -->', '')).toContain(`<p>user 7 of 127.0.0.1:${server.port}</p>`);
  const missing = await request(`${server.url}/missing`);
  expect([missing.status, missing.text]).toEqual([
    404,
    expect.stringContaining('This page could not be found.'),
  ]);
});

test('a client-side navigation gets its payload', async () => {
  const { headers } = await request(`${server.url}/about?_rsc`, { headers: { RSC: '1' } });
  expect(headers['content-type']).toBe('text/x-component');
});

test('static files of the build are served by httpd, to be kept for ever', async () => {
  const { text } = await request(`${server.url}/about`);
  const files = [...text.matchAll(/(?:src|href)="(\/_next\/static\/[^"]+)"/g)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(2);
  for (const file of files) {
    const { status, headers } = await request(server.url + file);
    expect([status, headers['cache-control'], headers['accept-ranges'], headers['x-powered-by']]).toEqual([
      ...[200, 'public, max-age=31536000, immutable', 'bytes', undefined],
    ]);
  }
  expect((await request(`${server.url}/plain.txt`)).text).toBe('served as it is\n');
});

test('a route handler reads JSON, another sends events at once', async () => {
  const headers = { 'Content-Type': 'application/json' };
  const echo = await request(`${server.url}/echo`, { method: 'POST', headers, body: '{"name":"Ada"}' });
  expect(JSON.parse(echo.text)).toMatchObject({ received: { name: 'Ada' } });
  const events = new EventStream(`${server.url}/events`);
  await events.waitFor('data: 0\n\n');
  expect(events.text).not.toContain('data: 1\n\n');
  await events.waitFor('data: 1\n\n');
  events.close();
});

test('a reload fails no request, and is done by another process', async () => {
  const before = await readPid();
  const reload = new ExpressCommand(['reload', '--server-root', server.serverRoot]);
  const statuses: number[] = [];
  while (!reload.hasExited) {
    statuses.push((await request(`${server.url}/users/${statuses.length}`)).status);
  }
  expect(await reload.exited).toMatchObject({ status: 0 });
  expect(statuses.length).toBeGreaterThan(10);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(await readPid()).not.toBe(before);
});

test('it leaves a clean log', () => {
  const expected = [/^✓ Running next\.config\.ts took/, /^> Server listening at .* as production$/];
  expect(findUnexpectedLines(server, expected)).toEqual([]);
});

async function readPid(): Promise<unknown> {
  const headers = { 'Content-Type': 'application/json' };
  const { text } = await request(`${server.url}/echo`, { method: 'POST', headers, body: '{}' });
  return (JSON.parse(text) as { pid: unknown }).pid;
}
