/** What clients see when the app fails, or asks for what httpd cannot do. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { behavioursApp, rawRequest } from '../support/behaviours.ts';
import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { parseResponse } from '../support/parse-response.ts';
import { exchange, RawConnection } from '../support/raw-connection.ts';
import { waitFor } from '../support/wait-for.ts';

let server: ExpressServer;

beforeAll(async () => {
  server = await ExpressServer.start([
    behavioursApp,
    ...['--socket-timeout', '3', '--request-timeout', '20', '--concurrency', '10'],
  ]);
}, 60_000);

afterAll(async () => {
  await server.stop();
});

describe('what HTTP/1.1 has and CGI has not', () => {
  test('trailers are dropped, the body stays whole', async () => {
    const ours = parseResponse(await exchange(server.port, rawRequest('/trailers')));
    expect(ours).toMatchObject({ status: 200, body: 'body', isComplete: true });
    expect(ours.headers.map(([name]) => name.toLowerCase())).not.toContain('trailer');
  });

  test('informational responses of the app are dropped, the final one is untouched', async () => {
    const answer = await exchange(server.port, rawRequest('/informational'));
    expect(parseResponse(answer)).toMatchObject({ status: 200, body: 'final', isComplete: true });
  });

  test('a response header that httpd takes passes', async () => {
    const response = parseResponse(await exchange(server.port, rawRequest('/big-header?8000')));
    expect(response).toMatchObject({ status: 200, body: 'fine' });
  });

  test('a response header too long for httpd is a clean 500 with a line in the log', async () => {
    const response = parseResponse(await exchange(server.port, rawRequest('/big-header?9000')));
    expect(response).toMatchObject({
      status: 500,
      body: 'Internal Server Error\n',
      isComplete: true,
      rest: '',
    });
    expect(server.errorLog).toMatch(
      /response header too long for httpd header=X-Big .*url=\/big-header\?9000/,
    );
  });
});

describe('a response the app gives up', () => {
  test.each(['/destroy-midway', '/destroy-midway-of-length', '/too-short'])(
    '%s is visibly incomplete',
    async (target) => {
      const connection = await RawConnection.open(server.port);
      connection.send(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
      const answer = await connection.waitForClose(10_000);
      if (answer.startsWith('HTTP/1.1 200')) {
        expect(parseResponse(answer).isComplete).toBe(false);
      } else {
        expect(answer).toMatch(/^HTTP\/1\.1 502 /);
      }
    },
    15_000,
  );

  test('before its head is an error status', async () => {
    expect((await request(`${server.url}/destroy`)).status).toBe(502);
    expect(server.errorLog).toMatch(/request failed.*\/destroy"/);
  });
});

describe('an app that crashes', () => {
  let linesBefore = 0;

  beforeEach(() => {
    linesBefore = server.errorLog.length;
  });

  function newLines(): string {
    return server.errorLog.slice(linesBefore);
  }

  test.each([
    ['exits', '/exit', /worker ended.*exit status 3/],
    ['is killed', '/kill', /worker ended.*SIGKILL/],
    ['throws in a handler', '/throw', /Error: thrown in the handler\n +at .*behaviours\.mjs/],
    ['throws later', '/throw-later', /Error: thrown later\n +at .*behaviours\.mjs/],
    ['does not handle a rejection', '/reject', /Error: rejected in the handler\n +at .*behaviours\.mjs/],
  ])(
    'and %s gives 502 to the requests in flight, says why in the log, and runs again',
    async (_, target, reason) => {
      const before = await pidOf();
      const response = await request(`${server.url}${target}`);
      expect(response.status).toBe(502);
      expect(response.text).not.toMatch(/behaviours|Error:/);
      await waitForApp();
      expect(await pidOf()).not.toBe(before);
      expect(newLines()).toMatch(reason);
    },
    20_000,
  );

  test('in the middle of a response leaves it visibly incomplete', async () => {
    const connection = await RawConnection.open(server.port);
    connection.send('GET /exit-midway HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(parseResponse(await connection.waitForClose())).toMatchObject({
      status: 200,
      body: 'the beginning',
      isComplete: false,
    });
  }, 20_000);

  test('is not asked again by the request that crashed it', async () => {
    await request(`${server.url}/exit`, { method: 'POST', body: 'x' });
    await waitForApp();
    expect(newLines().match(/worker ended/g)).toHaveLength(1);
  }, 20_000);
});

describe('time', () => {
  test('a response that takes longer than httpd waits arrives, because the bridge keeps httpd awake', async () => {
    const response = await request(`${server.url}/sleep?8000`);
    expect([response.status, response.text]).toEqual([200, 'slept 8000']);
  }, 20_000);

  test('a request that passes --request-timeout is answered 504, and the others go on', async () => {
    const impatient = await ExpressServer.start([behavioursApp, '--request-timeout', '1']);
    try {
      const before = (await request(`${impatient.url}/pid`)).text;
      const [late, quick] = await Promise.all([
        request(`${impatient.url}/sleep?5000`),
        request(`${impatient.url}/sleep?700`),
      ]);
      expect([late.status, quick.text]).toEqual([504, 'slept 700']);
      expect(late.headers['content-type']).toBe('text/html; charset=utf-8');
      expect((await request(`${impatient.url}/pid`)).text).toBe(before);
      expect(impatient.errorLog).toMatch(/request failed: request-timeout status=504 .*\/sleep/);
    } finally {
      await impatient.stop();
    }
  }, 30_000);
});

async function pidOf(): Promise<string> {
  return (await request(`${server.url}/pid`)).text;
}

/** Waits until the app answers again. */
async function waitForApp(): Promise<void> {
  await waitFor(async () => (await request(`${server.url}/pid`)).status === 200, {
    within: 15_000,
    what: 'the app to run again',
  });
}
