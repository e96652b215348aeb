import { type Server as HttpServer, createServer as createHttpServer } from 'node:http';
import { type Server, createServer } from 'node:net';

import { describe, expect, test } from '@jest/globals';

import { parseListeners } from '../src/port-owner.ts';
import { answers, formatAddress, requirePortFree, waitForAnswer } from '../src/probe.ts';
import { afterThisTest, findFreePort } from './support.ts';

async function listen(server: Server | HttpServer, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  afterThisTest(() => server.close());
  return (server.address() as { port: number }).port;
}

describe('a port', () => {
  test('that nobody has is free, and stays so', async () => {
    const port = await findFreePort();
    await requirePortFree({ host: '127.0.0.1', port });
    await requirePortFree({ port });
  });

  test.each([{ host: '127.0.0.1' }, {}, { host: '*' }])(
    'that is taken on loopback is reported for %j',
    async (host) => {
      const port = await listen(createServer());
      await expect(requirePortFree({ ...host, port })).rejects.toMatchObject({
        code: 'ERR_SUPERVISOR_PORT_IN_USE',
        message: expect.stringContaining(`pid ${process.pid}`),
      });
    },
  );

  test('on an address of another machine is reported', async () => {
    await expect(requirePortFree({ host: '192.0.2.1', port: 8000 })).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_ADDRESS',
    });
  });

  test('is found in the text of /proc/net/tcp only while it listens', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0',
      '   1: 0100007F:1F90 0100007F:AAAA 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0',
      '   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0',
    ].join('\n');
    expect(parseListeners(table, 8080)).toEqual(['111']);
  });
});

describe('an answer', () => {
  test('is one byte of HTTP', async () => {
    const port = await listen(createHttpServer((_, response) => response.end()));
    expect(await answers({ host: '0.0.0.0', port })).toBe(true);
  });

  test('is not a connection that nobody speaks on', async () => {
    const silent = createServer((socket) => {
      afterThisTest(() => socket.destroy());
    });
    const port = await listen(silent);
    const attempt = new AbortController();
    const answer = answers({ port }, attempt.signal);
    await new Promise((resolve) => silent.once('connection', resolve));
    attempt.abort();
    expect(await answer).toBe(false);
  });

  test('is waited for until somebody listens', async () => {
    const port = await findFreePort();
    const answered = waitForAnswer({ port }, AbortSignal.timeout(5000));
    const server = createHttpServer((_, response) => response.end()).listen(port, '127.0.0.1');
    afterThisTest(() => server.close());
    await answered;
  });

  test('that never comes is waited for until the wait is given up', async () => {
    const port = await findFreePort();
    await expect(waitForAnswer({ port }, AbortSignal.timeout(50))).rejects.toThrow();
  });
});

test.each([
  [{ port: 80 }, 'port 80'],
  [{ host: '127.0.0.1', port: 80 }, '127.0.0.1:80'],
  [{ host: '::1', port: 80 }, '[::1]:80'],
])('the address %j is written %s', (address, text) => {
  expect(formatAddress(address)).toBe(text);
});
