/** What clients may send, how fast, and for how many of them httpd is sized: seen by clients. */
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { exchange, RawConnection } from '../support/raw-connection.ts';

const inspectApp = path.join(import.meta.dirname, '../fixtures/apps/inspect.ts');

/** A request as bytes; the target and headers are not looked at. */
function raw(target: string, headers: readonly string[] = [], method = 'GET'): string {
  return [`${method} ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join(
    '\r\n',
  );
}

async function statusOf(server: ExpressServer, text: string): Promise<number> {
  return Number(/^HTTP\/1.1 (\d+)/.exec(await exchange(server.port, text))?.[1]);
}

const fields = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: y`);
const line = (bytes: number) => `X-Long: ${'y'.repeat(bytes - 'X-Long: '.length)}`;

describe("without limits of one's own", () => {
  let server: ExpressServer;
  beforeAll(async () => {
    server = await ExpressServer.start([inspectApp]);
  }, 60_000);
  afterAll(async () => {
    expect((await server.stop()).status).toBe(0);
  });

  test('as many and as long headers as Node takes reach the app', async () => {
    const { status, text } = await request(server.url, {
      headers: {
        'x-long': 'y'.repeat(16_000),
        ...Object.fromEntries(fields(200).map((each) => each.split(': ') as [string, string])),
      },
    });
    expect(status).toBe(200);
    const { headers } = JSON.parse(text) as { headers: Record<string, string> };
    expect(headers['x-long']).toHaveLength(16_000);
    expect(headers['x-199']).toBe('y');
  });

  test('a URL of 16,000 characters reaches the app', async () => {
    const target = `/${'u'.repeat(16_000)}`;
    const { text } = await request(server.url, { path: target });
    expect((JSON.parse(text) as { url: string }).url).toBe(target);
  });

  test('more headers than FastCGI peers take are answered 503, and the next client is served', async () => {
    const much = Array.from({ length: 100 }, (_, index) => `X-${index}: ${'y'.repeat(16_000)}`);
    expect(await statusOf(server, raw('/', much))).toBe(503);
    expect(await statusOf(server, raw('/'))).toBe(200);
  });

  test('a connection is kept for the next request', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send(raw('/').replace('close', 'keep-alive'));
    await connection.waitFor(/Keep-Alive: timeout=2/);
    connection.send(raw('/second'));
    expect(await connection.waitForClose()).toContain('/second');
  });
});

describe('with narrow limits', () => {
  let server: ExpressServer;
  beforeAll(async () => {
    server = await ExpressServer.start([
      ...['--limit-request-fields', '10', '--limit-request-field-size', '1KB', '--limit-request-line', '500'],
      ...['--limit-request-body', '1KB', '--no-chunked-request', '--keep-alive-timeout', '0'],
      ...['--header-timeout', '1', '--header-max-timeout', '2', '--header-min-rate', '100'],
      ...['--body-timeout', '1', '--body-max-timeout', '1'],
      inspectApp,
    ]);
  }, 60_000);
  afterAll(async () => {
    expect((await server.stop()).status).toBe(0);
  });

  test.each([
    ['as many headers as allowed', raw('/', fields(8)), 200],
    ['one header too many', raw('/', fields(9)), 400],
    ['a header line of the length allowed', raw('/', [line(1000)]), 200],
    ['a header line too long', raw('/', [line(1100)]), 400],
    ['a URL too long', raw(`/${'u'.repeat(500)}`), 414],
    ['a body too large', raw('/', ['Content-Length: 2000'], 'POST') + 'y'.repeat(2000), 413],
    [
      'a body without a length',
      raw('/', ['Transfer-Encoding: chunked'], 'POST') + '1\r\na\r\n0\r\n\r\n',
      411,
    ],
    ['a body with a length', raw('/', ['Content-Length: 1'], 'POST') + 'a', 200],
  ])('%s', async (_title, text, status) => {
    expect(await statusOf(server, text)).toBe(status);
  });

  test('a head that does not come is answered 408 after its time', async () => {
    const connection = await RawConnection.open(server.port);
    const startedAt = performance.now();
    connection.send('GET / HTTP/1.1\r\nHost: lo');
    expect(await connection.waitForClose(5000)).toMatch(/^HTTP\/1.1 408/);
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  test('a body that does not come ends its request, and the app is told of an aborted one', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send(raw('/', ['Content-Length: 900'], 'POST') + 'half');
    expect(await connection.waitForClose(5000)).not.toMatch(/^HTTP\/1.1 200/);
  });

  test('a connection is closed after each request', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send(raw('/').replace('close', 'keep-alive'));
    // How long the answer takes is another matter.
    await connection.waitFor(/^HTTP/);
    expect(await connection.waitForClose(1500)).toMatch(/^HTTP\/1.1 200[^]*Connection: close/i);
  });
});

describe('the multi-processing module', () => {
  test.each([
    ['event', 'event'],
    ['worker', 'worker'],
    ['prefork', 'prefork'],
  ])('%s serves the app with the shares that were asked for', async (mpm, name) => {
    const server = await ExpressServer.start([
      ...['--server-mpm', mpm, '--max-clients', '100', '--concurrency', '5', '--server-status'],
      ...['--initial-workers', '0.05', '--minimum-spare-workers', '0.02', '--maximum-spare-workers', '0.5'],
      inspectApp,
    ]);
    try {
      const [fromApp, status] = await Promise.all([
        request(server.url, { path: '/x' }),
        request(server.url, { path: '/server-status?auto' }),
      ]);
      expect(fromApp.status).toBe(200);
      expect(status.text.toLowerCase()).toContain(`servermpm: ${name}`);
    } finally {
      expect((await server.stop()).status).toBe(0);
    }
  });
});
