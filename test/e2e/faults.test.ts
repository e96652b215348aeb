/** Every failure of an app, its workers and its clients: what the client gets, what the log says, and that it is over soon. */
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { rawRequest, type RequestShape } from '../support/behaviours.ts';
import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { parseResponse } from '../support/parse-response.ts';
import { exchange, RawConnection } from '../support/raw-connection.ts';
import { readStatus } from '../support/server-status.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const app = path.join(import.meta.dirname, '../fixtures/apps/faults.ts');
const MAX_BODY_BYTES = 100_000;

/** How long a failure may keep the next request from being served. */
const OVER_WITHIN_MS = 3000;

/** What the client gets; `truncated` is a 200 that visibly lacks its end. */
type Outcome = number | 'truncated';

interface Fault {
  readonly name: string;
  readonly target: string;
  readonly shape?: RequestShape;
  readonly outcome: Outcome;
  /** What the error log says of it; absent where the client alone is at fault. */
  readonly log?: RegExp;
}

const bigBody = 'x'.repeat(MAX_BODY_BYTES + 1);

const faults: readonly Fault[] = [
  {
    name: 'process.exit() in a handler',
    target: '/exit',
    outcome: 502,
    log: /worker ended .*how="exit status 3"/,
  },
  {
    name: 'an exception in a handler',
    target: '/throw',
    outcome: 502,
    log: /Error: thrown in the handler\n +at .*faults\.ts:13:/,
  },
  {
    name: 'an uncaught exception',
    target: '/throw-later',
    outcome: 502,
    log: /Error: thrown later\n +at .*faults\.ts:17:/,
  },
  {
    name: 'an unhandled rejection',
    target: '/reject',
    outcome: 502,
    log: /Error: rejected\n +at .*faults\.ts:19:/,
  },
  {
    name: 'a heap that is full',
    target: '/out-of-memory',
    outcome: 502,
    log: /heap out of memory[\s\S]*worker ended .*how=SIGABRT/,
  },
  { name: 'SIGKILL', target: '/kill', outcome: 502, log: /worker ended .*how=SIGKILL/ },
  { name: 'process.abort()', target: '/abort', outcome: 502, log: /worker ended .*how=SIGABRT/ },
  {
    name: 'an event loop that is blocked',
    target: '/block',
    outcome: 504,
    log: /worker is stuck .*requests="GET \/block"\n +at spin \(.*faults\.ts:6:/,
  },
  {
    name: 'an app that does not answer in time',
    target: '/hang',
    outcome: 504,
    log: /request failed: request-timeout status=504 .*"GET \/hang"/,
  },
  {
    name: 'a response header that httpd cannot take',
    target: '/long-header',
    outcome: 500,
    log: /response header too long for httpd header=X-Long .*url=\/long-header/,
  },
  {
    name: 'a Content-Length that is not delivered',
    target: '/too-short',
    outcome: 'truncated',
    log: /ended before its Content-Length missing=50000 .*url=\/too-short/,
  },
  {
    name: 'process.exit() after the head',
    target: '/exit-midway',
    outcome: 'truncated',
    log: /request failed: worker-lost status=truncated .*"GET \/exit-midway"/,
  },
  {
    name: 'a response that is destroyed',
    target: '/destroy-midway',
    outcome: 'truncated',
    log: /request failed: worker-lost status=truncated .*"GET \/destroy-midway"/,
  },
  {
    name: 'a body whose length is too large',
    target: '/read',
    shape: { method: 'POST', headers: `Content-Length: ${bigBody.length}\r\n`, body: bigBody },
    outcome: 413,
  },
  {
    name: 'a body in chunks that becomes too large',
    target: '/read',
    shape: {
      method: 'POST',
      headers: 'Transfer-Encoding: chunked\r\n',
      body: `${bigBody.length.toString(16)}\r\n${bigBody}\r\n0\r\n\r\n`,
    },
    outcome: 413,
    log: /body-too-large status=413 .*"POST \/read"/,
  },
];

describe('with one worker', () => {
  let server: ExpressServer;

  beforeAll(async () => {
    server = await ExpressServer.start(
      [
        app,
        ...['--deadlock-timeout', '1', '--request-timeout', '2'],
        ...['--limit-request-body', String(MAX_BODY_BYTES)],
      ],
      { env: { NODE_OPTIONS: '--max-old-space-size=64' } },
    );
  }, 60_000);

  afterAll(async () => {
    await server.stop();
  });

  test.each(faults)(
    '$name is $outcome to the client and a line in the log, and the next request is served',
    async ({ target, shape, outcome, log }) => {
      await waitForGoodRun(server);
      const before = server.errorLog.length;
      const answer = await exchange(server.port, rawRequest(target, shape));
      expect(describeOutcome(answer)).toBe(outcome);
      expect(answer).not.toMatch(/faults\.ts|Error: /);
      if (log !== undefined) await waitForLog(server, before, log);
      await serveAgain(server);
    },
    30_000,
  );

  test.each([
    {
      name: 'in its request',
      bytes: 'POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n' + 'x'.repeat(50_000),
      until: /^/,
      log: /the app lost its client: aborted/,
    },
    {
      name: 'in its response',
      bytes: 'GET /flood HTTP/1.1\r\nHost: x\r\n\r\n',
      until: /x{1000}/,
      log: /the app lost its reader of \/flood/,
    },
  ])(
    'a client that leaves $name is gone for the app, too',
    async ({ bytes, until, log }) => {
      await serveAgain(server);
      const before = server.errorLog.length;
      const client = (await RawConnection.open(server.port)).send(bytes);
      await client.waitFor(until);
      client.leave();
      await waitForLog(server, before, log);
      await serveAgain(server);
    },
    30_000,
  );
});

describe('with one place and a queue of one', () => {
  let server: ExpressServer;

  beforeAll(async () => {
    server = await ExpressServer.start([
      app,
      ...['--concurrency', '1', '--daemon-backlog', '1', '--queue-timeout', '1'],
    ]);
  }, 60_000);

  afterAll(async () => {
    await server.stop();
  });

  test('a request that waits too long is 504, one that finds the queue full is 503 at once', async () => {
    const before = server.errorLog.length;
    const running = request(`${server.url}/sleep`);
    await waitForInFlight(server);
    const waiting = request(`${server.url}/waiting`);
    await waitFor(async () => (await findQueueLength(server)) === 1, { within: 3000, what: 'the queue' });
    const began = performance.now();
    const refused = await request(`${server.url}/refused`);
    const tookMs = performance.now() - began;
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    expect(tookMs).toBeLessThan(500);
    expect((await waiting).status).toBe(504);
    expect((await running).text).toBe('slept');
    await waitForLog(server, before, /request failed: queue-full status=503 .*"GET \/refused"/);
    await waitForLog(server, before, /request failed: queue-timeout status=504 .*"GET \/waiting"/);
    await serveAgain(server);
  }, 30_000);
});

describe('an app that is broken after a crash', () => {
  test.each([
    { name: 'is 503 without a reason', args: [], isExplained: false },
    {
      name: 'is 503 with its reason where --debug-errors wants it',
      args: ['--debug-errors'],
      isExplained: true,
    },
  ])(
    '$name, and the next version that loads is served',
    async ({ args, isExplained }) => {
      const directory = createTemporaryDirectory();
      const entry = path.join(directory.path, 'app.ts');
      copyFileSync(app, entry);
      const server = await ExpressServer.start([entry, ...args]);
      try {
        writeFileSync(entry, 'throw new Error("broken on purpose");\n');
        const before = server.errorLog.length;
        expect((await request(`${server.url}/exit`)).status).toBe(502);
        let page = { status: 0, text: '' };
        await waitFor(async () => (page = await request(server.url)).status === 503, {
          within: 10_000,
          what: 'the server to give up waiting for the app',
        });
        expect(page.text).toContain('The application is not running.');
        expect(/broken on purpose[\s\S]*app\.ts:1/.test(page.text)).toBe(isExplained);
        await waitForLog(server, before, /worker ended .*state=starting/);
        await waitForLog(server, before, /broken on purpose/);
        copyFileSync(app, entry);
        await serveAgain(server);
      } finally {
        await server.stop();
        directory.remove();
      }
    },
    60_000,
  );
});

function describeOutcome(answer: string): Outcome {
  const { status, isComplete } = parseResponse(answer);
  return isComplete ? status : 'truncated';
}

async function serveAgain(server: ExpressServer): Promise<void> {
  await waitFor(
    async () => {
      const { status, text } = await request(server.url);
      return status === 200 && text === 'well';
    },
    { within: OVER_WITHIN_MS, what: 'the next request to be served' },
  );
}

/** A worker that ends within its first second makes the next one wait. */
async function waitForGoodRun(server: ExpressServer): Promise<void> {
  const isGood = async (): Promise<boolean> =>
    ((await readStatus(server.serverRoot)).bridge.details?.workers[0]?.uptimeMs ?? 0) > 1000;
  await waitFor(isGood, { within: 5000, what: 'the worker to have run for a second', pauseMs: 50 });
}

async function waitForLog(server: ExpressServer, from: number, pattern: RegExp): Promise<void> {
  await waitFor(() => pattern.test(server.errorLog.slice(from)), {
    within: 5000,
    what: `${String(pattern)} in the log`,
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${server.errorLog.slice(from)}`);
  });
}

async function waitForInFlight(server: ExpressServer): Promise<void> {
  const isFull = async (): Promise<boolean> =>
    (await readStatus(server.serverRoot)).bridge.details?.workers[0]?.inFlight === 1;
  await waitFor(isFull, { within: 3000, what: 'the worker to be full' });
}

async function findQueueLength(server: ExpressServer): Promise<number | undefined> {
  return (await readStatus(server.serverRoot)).bridge.details?.queueLength;
}
