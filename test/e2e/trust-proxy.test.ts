/** `--trust-proxy`: what an Express app without a setting of its own sees behind proxies, and behind those who pretend to be one. */
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';

const app = path.join(import.meta.dirname, '../fixtures/apps/proxied.mjs');

const forwarded = {
  'X-Forwarded-For': '6.6.6.6, 203.0.113.9',
  'X-Real-IP': '7.7.7.7',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'www.example.com',
  'X-Forwarded-Port': '8443',
  'X-Forwarded-Prefix': '/shop',
};

async function ask(server: ExpressServer, headers: Record<string, string>): Promise<unknown> {
  return JSON.parse((await request(`${server.url}/a?b`, { headers })).text);
}

const unproxied = {
  ip: '127.0.0.1',
  protocol: 'http',
  secure: false,
  hostname: '127.0.0.1',
  url: '/a?b',
  originalUrl: '/a?b',
  baseUrl: '',
};

describe('behind a proxy that is trusted', () => {
  let server: ExpressServer;
  const trusted = ['For', 'Proto', 'Host', 'Port', 'Prefix'].map(
    (name) => `--trust-proxy-header=X-Forwarded-${name}`,
  );

  beforeAll(async () => {
    server = await ExpressServer.start([app, '--trust-proxy', '127.0.0.0/8', ...trusted]);
  }, 30_000);

  afterAll(async () => {
    await server.stop();
  });

  test('the app sees the client, scheme, host, port and prefix of the request to the proxy', async () => {
    expect(await ask(server, forwarded)).toEqual({
      ip: '203.0.113.9',
      protocol: 'https',
      secure: true,
      hostname: 'www.example.com',
      port: 8443,
      url: '/a?b',
      originalUrl: '/shop/a?b',
      baseUrl: '/shop',
      forwardedFor: '203.0.113.9',
      forwardedProto: 'https',
    });
  });

  test('a request without the headers is what it is', async () => {
    expect(await ask(server, {})).toEqual({ ...unproxied, port: server.port });
  });
});

describe('from an address that is not trusted', () => {
  let server: ExpressServer;

  beforeAll(async () => {
    server = await ExpressServer.start([app, '--trust-proxy', '192.0.2.0/24', '--trust-proxy', '::1']);
  }, 30_000);

  afterAll(async () => {
    await server.stop();
  });

  test('nothing is believed, and no header that might be trusted reaches the app', async () => {
    expect(await ask(server, forwarded)).toEqual({ ...unproxied, port: server.port });
  });
});

describe('without the option', () => {
  let server: ExpressServer;

  beforeAll(async () => {
    server = await ExpressServer.start([app]);
  }, 30_000);

  afterAll(async () => {
    await server.stop();
  });

  test('nobody is believed, and the headers are the business of the app', async () => {
    expect(await ask(server, forwarded)).toEqual({
      ...unproxied,
      port: server.port,
      forwardedFor: '6.6.6.6, 203.0.113.9',
      realIp: '7.7.7.7',
      forwardedProto: 'https',
    });
  });
});
