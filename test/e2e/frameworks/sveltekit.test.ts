/** SvelteKit with adapter-node: the build's own server, static files by httpd. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { buildExample } from '../../support/build-example.ts';
import { EventStream } from '../../support/event-stream.ts';
import { findUnexpectedLines, startExample } from '../../support/example.ts';
import type { ExpressServer } from '../../support/express-server.ts';
import { request } from '../../support/http-request.ts';

let server: ExpressServer;

beforeAll(async () => {
  await buildExample('sveltekit');
  server = await startExample('sveltekit', {
    listen: (port) => ({
      args: ['--host', '127.0.0.1', '--port', String(port)],
      env: { ORIGIN: `http://127.0.0.1:${port}` },
    }),
  });
}, 120_000);

afterAll(async () => {
  await server.stop();
});

test('a page knows its client and streams: it arrives before its slow part', async () => {
  const page = new EventStream(server.url, { Accept: 'text/html' });
  await page.waitFor('<p>You are 127.0.0.1.</p>');
  await page.waitFor('</html>');
  expect(page.text).not.toContain('the slow part');
  await page.waitForEnd();
  expect(page.text).toContain('the slow part');
});

test('a form is taken from its own origin only', async () => {
  const post = (origin: string): ReturnType<typeof request> =>
    request(server.url, {
      method: 'POST',
      headers: {
        Origin: origin,
        Accept: 'text/html',
        'Content-Type': 'application/x-www-form-urlencoded',
      },
      body: 'name=Ada',
    });
  expect((await post(server.url)).text).toContain('<p>Hello Ada</p>');
  expect((await post('http://elsewhere.example')).status).toBe(403);
});

test('an endpoint knows its URL, another sends events at once', async () => {
  const user = await request(`${server.url}/users/7?x=1`);
  expect(JSON.parse(user.text)).toEqual({ id: '7', url: `${server.url}/users/7?x=1` });
  const events = new EventStream(`${server.url}/events`);
  await events.waitFor('data: 0\n\n');
  expect(events.text).not.toContain('data: 1\n\n');
  await events.waitFor('data: 1\n\n');
  events.close();
});

test('static files of the build are served by httpd, to be kept for ever', async () => {
  const { text } = await request(server.url);
  const files = new Set([...text.matchAll(/"\.(\/_app\/immutable\/[^"]+)"/g)].map(([, file = '']) => file));
  expect(files.size).toBeGreaterThan(2);
  for (const file of files) {
    const { status, headers } = await request(server.url + file);
    expect([status, headers['cache-control'], headers['server'], headers['last-modified']]).toEqual([
      ...[200, 'public, max-age=31536000, immutable', 'Apache', expect.any(String)],
    ]);
  }
});

test('a missing page is answered by SvelteKit', async () => {
  const { status, text } = await request(`${server.url}/missing`, { headers: { Accept: 'text/html' } });
  expect([status, text]).toEqual([404, expect.stringContaining('<h1>404</h1>')]);
});

test('it leaves a clean log', () => {
  expect(findUnexpectedLines(server, [/^Listening on http:/, /\[404\] GET \/missing/])).toEqual([]);
});
