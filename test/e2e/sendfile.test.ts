/** Files that the app names in X-Sendfile, to clients that are slow or leave, while the server lives on, and when they are none. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, get as httpGet } from 'node:http';
import { createServer } from 'node:net';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { type Response, request } from '../support/http-request.ts';
import { openFiles } from '../support/open-files.ts';
import { measureGrowth } from '../support/resident-memory.ts';
import { readStatus } from '../support/server-status.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const app = path.join(import.meta.dirname, '../fixtures/apps/answers.ts');
const directory = createTemporaryDirectory();
const at = (name: string) => path.join(directory.path, name);
const MIB = 1024 * 1024;
const LARGE_MIB = 96;

let server: ExpressServer;
const socket = createServer();

beforeAll(async () => {
  execFileSync('mkdir', [at('sent'), at('other')]);
  writeFileSync(at('sent/ten'), '0123456789');
  writeFileSync(at('sent/page.html'), '<p>');
  writeFileSync(at('other/secret'), 'secret');
  // Sparse, so that it costs nothing, and not all zeros.
  for (const name of ['large', 'shrinks']) {
    writeFileSync(at(`sent/${name}`), 'beginning');
    truncateSync(at(`sent/${name}`), LARGE_MIB * MIB);
  }
  execFileSync('mkfifo', ['-m', '666', at('sent/pipe')]);
  symlinkSync('/dev/zero', at('sent/device'));
  symlinkSync('../other', at('sent/way-out'));
  await new Promise<void>((resolve) => socket.listen(at('sent/socket'), resolve));
  server = await ExpressServer.start([
    app,
    '--sendfile-root',
    at('sent'),
    '--threads',
    '1',
    '--graceful-timeout',
    '20',
  ]);
}, 60_000);

afterAll(async () => {
  if (server.command.child.exitCode === null) await server.stop();
  socket.close();
  directory.remove();
});

const target = (name: string) => `/x?sendfile=${encodeURIComponent(at(`sent/${name}`))}`;

function get(name: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return request(server.url, { path: target(name), headers, method });
}

/** A client that reads the beginning and no more. */
async function readSlowly(name: string): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpGet(`${server.url}${target(name)}`, { agent: false }, resolve).on('error', reject);
  });
  response.pause();
  return response;
}

/** Reads what is left. */
async function readRest(response: IncomingMessage): Promise<{ bytes: number; digest: string }> {
  const hash = createHash('sha1');
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    hash.update(piece);
  }
  return { bytes, digest: hash.digest('hex') };
}

const wholeDigest = createHash('sha1')
  .update(Buffer.concat([Buffer.from('beginning'), Buffer.alloc(LARGE_MIB * MIB - 9)]))
  .digest('hex');
const whole = { bytes: LARGE_MIB * MIB, digest: wholeDigest };

async function bridgePid(): Promise<number> {
  return (await readStatus(server.serverRoot)).bridge.pid ?? 0;
}

/** Whether the bridge holds a file open. */
function isOpen(pid: number, name: string): boolean {
  return openFiles(pid).has(at(`sent/${name}`));
}

describe('to a client', () => {
  test('that is slow it costs no memory and no worker', async () => {
    const pid = await bridgePid();
    // What Node keeps for the next one.
    await readRest(await readSlowly('large'));
    const [growth] = await measureGrowth([pid], async () => {
      const slow = await readSlowly('large');
      // The only place of the only worker.
      expect((await request(server.url, { path: '/other' })).text).toBe('the app at /other');
      expect(isOpen(pid, 'large')).toBe(true);
      expect(await readRest(slow)).toEqual(whole);
    });
    expect(growth).toBeLessThan(LARGE_MIB / 3);
  });

  test('that leaves midway the file is closed', async () => {
    const pid = await bridgePid();
    const slow = await readSlowly('large');
    expect(isOpen(pid, 'large')).toBe(true);
    slow.destroy();
    await waitFor(() => !isOpen(pid, 'large'), { within: 10_000, what: 'the file to be closed' });
    expect((await get('ten')).text).toBe('0123456789');
  });

  test('a file that shrinks meanwhile is cut visibly', async () => {
    const slow = await readSlowly('shrinks');
    truncateSync(at('sent/shrinks'), 1000);
    await expect(readRest(slow)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    expect((await get('ten')).text).toBe('0123456789');
  });
});

describe('the answer', () => {
  test.each(['pipe', 'device', 'socket', 'way-out/secret', 'ten/', ''])('is 404 for %j', async (name) => {
    expect((await get(name)).status).toBe(404);
  });

  test('has the type that the app says, and none when it says none', async () => {
    expect((await get('page.html')).headers['content-type']).toBeUndefined();
    const typed = await request(server.url, { path: `${target('page.html')}&Content-Type=text/html` });
    expect(typed.headers['content-type']).toBe('text/html');
  });

  test('to HEAD has the length and no body', async () => {
    const { status, headers, body } = await get('large', {}, 'HEAD');
    expect([status, headers['content-length'], body.length]).toEqual([200, `${LARGE_MIB * MIB}`, 0]);
  });

  test('is 304 for what the client has', async () => {
    const { headers } = await get('ten');
    const again = await get('ten', { 'if-none-match': headers.etag ?? '' });
    expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, headers.etag]);
    const since = await get('ten', { 'if-modified-since': headers['last-modified'] ?? '' });
    expect(since.status).toBe(304);
  });

  test.each([
    ['bytes=2-4', undefined, 206, '234', 'bytes 2-4/10'],
    ['bytes=-3', undefined, 206, '789', 'bytes 7-9/10'],
    ['bytes=10-', undefined, 416, '', 'bytes */10'],
    ['bytes=0-1,4-5', undefined, 200, '0123456789', undefined],
    ['bytes=2-4', 'current', 206, '234', 'bytes 2-4/10'],
    ['bytes=2-4', '"other"', 200, '0123456789', undefined],
  ])('to a range %s, if-range %s, is %s', async (range, ifRange, status, text, contentRange) => {
    const { headers } = await get('ten');
    const condition = ifRange === 'current' ? headers.etag : ifRange;
    const answer = await get('ten', { range, ...(condition !== undefined && { 'if-range': condition }) });
    expect([answer.status, answer.text, answer.headers['content-range']]).toEqual([
      status,
      text,
      contentRange,
    ]);
  });
});

describe('a download that is under way', () => {
  test('goes on while the workers are replaced', async () => {
    const slow = await readSlowly('large');
    const { generation = 0 } = (await readStatus(server.serverRoot)).bridge.details ?? {};
    server.command.child.kill('SIGHUP');
    await waitFor(
      async () => ((await readStatus(server.serverRoot)).bridge.details?.generation ?? 0) > generation,
      {
        within: 20_000,
        what: 'the new workers',
      },
    );
    expect(await readRest(slow)).toEqual(whole);
  });

  test('is finished before the server stops', async () => {
    const slow = await readSlowly('large');
    const stopped = server.stop();
    await waitFor(async () => !(await isListening()), { within: 10_000, what: 'httpd to stop listening' });
    expect(await readRest(slow)).toEqual(whole);
    expect((await stopped).status).toBe(0);
  });
});

async function isListening(): Promise<boolean> {
  return request(server.url, { path: '/other' }).then(
    () => true,
    () => false,
  );
}
