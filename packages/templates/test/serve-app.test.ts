import { randomBytes } from 'node:crypto';
import path from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import type { TemplateInput } from '../src/input.ts';
import { exampleApp, exampleInput, exampleLimits } from './support/example-input.ts';
import { describeWithHttpd } from './support/local-httpd.ts';
import { request } from './support/raw-request.ts';
import { startResponder, type ScriptedResponder } from './support/scripted-responder.ts';
import { serve, temporaryRoot, type ServingHttpd } from './support/serving-httpd.ts';
import { waitFor } from './support/wait-for.ts';

const bodyLimit = 100_000;

describeWithHttpd('an app behind httpd', (build) => {
  const root = temporaryRoot();
  const socketPath = path.join(root.path, 'server', 'run', 'app.sock');
  let httpd: ServingHttpd;
  let responder: ScriptedResponder;

  const start = async (changes: Partial<TemplateInput> = {}) => {
    httpd = await serve(
      exampleInput(root.path, build, { limits: { ...exampleLimits, body: bodyLimit }, ...changes }),
    );
    responder = await startResponder(socketPath);
  };
  const stop = async () => {
    await responder.close();
    expect(await httpd.stop()).toBe(0);
  };
  const last = () =>
    responder.requests.at(-1) ?? { connection: 0, flags: 0, params: {}, body: Buffer.alloc(0) };
  const uriOf = () => Buffer.from(last().params['REQUEST_URI'] ?? '', 'latin1').toString();

  afterAll(() => {
    root.remove();
  });

  describe('at the root', () => {
    beforeAll(() =>
      start({ app: { ...exampleApp(root.path), setenv: [['GREETING', 'a "b" $c %d ${HOME} \\ ☃']] } }),
    );
    afterAll(stop);
    beforeEach(() => {
      responder.requests.length = 0;
    });

    test.each([
      '/',
      '/?',
      '/a?b=c&d=%20e',
      '/a?b?c',
      '/%2Fa%2fb',
      '/a%3Fb',
      '/a%3Fb?c',
      '/a%25b',
      '/a%0Ab?x=%0A',
      '/a%0D%0Ab',
      '/a%7Fb',
      '/a%23b',
      '/a%5Cb',
      '/a\\b',
      '//x//y/../z',
      '/a/./b/%2e%2e/c',
      '/a/b/..',
      '/a//',
      '/café',
      '/caf%C3%A9',
      '/a;b=c;d',
      '/a+b|c"d\'e<f>^`',
      '/[::1]',
      '/$1${HOME}',
      '/*',
      '/-',
      '/unix:/tmp|http://evil/',
      '/@evil/',
      '/server-status',
      'http://other.example/absolute?x',
      `/${'long'.repeat(2000)}?q`,
      `/${'d/'.repeat(500)}`,
    ])('sees the target %s byte for byte', async (target) => {
      expect(await request(httpd.port, target)).toMatchObject({ status: 200, body: 'the app' });
      expect(uriOf()).toBe(target);
    });

    test.each([
      ['/a%00b', 404],
      ['/a%', 400],
      ['/a%zz', 400],
      ['/../a', 400],
      ['*', 400],
    ])('does not see %s, which httpd answers with %d', async (target, status) => {
      expect(await request(httpd.port, target)).toMatchObject({ status });
      expect(responder.requests).toEqual([]);
    });

    test.each(['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'PURGE', 'M-SEARCH'])(
      'sees the method %s',
      async (method) => {
        await request(httpd.port, '/', { method });

        expect(last().params['REQUEST_METHOD']).toBe(method);
      },
    );

    test('does not see TRACE', async () => {
      expect(await request(httpd.port, '/', { method: 'TRACE' })).toMatchObject({ status: 405 });
      expect(responder.requests).toEqual([]);
    });

    test.each(['GET', 'HEAD'])('decides the Content-Length of a %s', async (method) => {
      const { headers } = await request(httpd.port, '/', { method });

      expect(headers).toMatchObject({ 'content-length': '7' });
      expect(headers).not.toHaveProperty('transfer-encoding');
    });

    test('is asked to keep its connections, which are used again', async () => {
      for (let count = 0; count < 60; count++) await request(httpd.port, '/');

      expect(new Set(responder.requests.map(({ flags }) => flags))).toEqual(new Set([1]));
      expect(new Set(responder.requests.map(({ connection }) => connection)).size).toBeLessThan(30);
    });

    test('sees credentials and cookies', async () => {
      await request(httpd.port, '/', { headers: ['Authorization: Bearer token', 'Cookie: a=1; b=2'] });

      expect(last().params).toMatchObject({ HTTP_AUTHORIZATION: 'Bearer token', HTTP_COOKIE: 'a=1; b=2' });
    });

    test('does not see a Proxy header', async () => {
      await request(httpd.port, '/', { headers: ['Proxy: http://evil/'] });

      expect(last().params).not.toHaveProperty('HTTP_PROXY');
    });

    test('is told when httpd received the request, whatever the client says', async () => {
      const before = Date.now();
      await request(httpd.port, '/', {
        headers: ['X-Express-Start: t=1', 'x-express-start: t=2', 'X_Express_Start: t=3'],
      });

      const stamp = /^t=(\d{16})$/.exec(last().params['HTTP_X_EXPRESS_START'] ?? '')?.[1] ?? '0';
      expect(Number(stamp) / 1000).toBeGreaterThanOrEqual(before - 1);
      expect(Number(stamp) / 1000).toBeLessThanOrEqual(Date.now() + 1);
    });

    test('sees the variables of --setenv as they were given', async () => {
      await request(httpd.port, '/');

      expect(Buffer.from(last().params['GREETING'] ?? '', 'latin1').toString()).toBe(
        'a "b" $c %d ${HOME} \\ ☃',
      );
    });

    test('receives a body with a length', async () => {
      const body = randomBytes(bodyLimit / 2).toString('hex');
      await request(httpd.port, '/', { method: 'POST', headers: [`Content-Length: ${body.length}`], body });

      expect(last().body.toString() === body).toBe(true);
      expect(last().params['CONTENT_LENGTH']).toBe(String(bodyLimit));
    });

    test('receives a chunked body', async () => {
      const body = randomBytes(40_000).toString('hex');
      const chunks = `9c40\r\n${body.slice(0, 40_000)}\r\n9c40\r\n${body.slice(40_000)}\r\n0\r\n\r\n`;
      await request(httpd.port, '/', {
        method: 'POST',
        headers: ['Transfer-Encoding: chunked'],
        body: chunks,
      });

      expect(last().body.toString() === body).toBe(true);
      expect(last().params).not.toHaveProperty('CONTENT_LENGTH');
    });

    test.each([String(bodyLimit + 1), '9223372036854775807'])(
      'is spared a body of %s bytes',
      async (length) => {
        const options = { method: 'POST', headers: [`Content-Length: ${length}`] };
        const { status, headers } = await request(httpd.port, '/', options);

        expect(status).toBe(413);
        expect(headers).not.toHaveProperty('vary');
        expect(responder.requests).toEqual([]);
      },
    );

    test('is asked again at once after it was away', async () => {
      await responder.close();
      const away = await request(httpd.port, '/');
      responder = await startResponder(socketPath);

      expect([away.status, (await request(httpd.port, '/')).status]).toEqual([503, 200]);
    });

    test('has each piece of a stream passed on before the next', async () => {
      await responder.close();
      let seen = '';
      responder = await startResponder(socketPath, async (_, write) => {
        write('Status: 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');
        await waitFor(() => seen.includes('data: 1'), {
          within: 5000,
          what: 'the first event at the client',
        });
        write('data: 2\n\n');
      });

      const response = await fetch(`http://127.0.0.1:${httpd.port}/`);
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) seen += decoder.decode(chunk as Uint8Array);

      expect(seen).toBe('data: 1\n\ndata: 2\n\n');
    });
  });

  describe('at a mount point', () => {
    beforeAll(() => start({ app: { ...exampleApp(root.path), mountPoint: '/a.b (c)' } }));
    afterAll(stop);
    beforeEach(() => {
      responder.requests.length = 0;
    });

    test.each(['/a.b%20(c)', '/a.b%20(c)/', '/a.b%20(c)/x?y', '/%61.b%20(c)/x', '/a.b%20(c)?q'])(
      'is asked for %s',
      async (target) => {
        expect((await request(httpd.port, target)).status).toBe(200);
        expect(uriOf()).toBe(target);
      },
    );

    test.each(['/', '/other', '/a.b%20(c)x', '/aXb%20(c)', '/x/a.b%20(c)', '/A.b%20(c)'])(
      'is not asked for %s',
      async (target) => {
        expect((await request(httpd.port, target)).status).toBe(404);
        expect(responder.requests).toEqual([]);
      },
    );
  });
});
