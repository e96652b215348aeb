/** Who is let in: passwords that httpd checks. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:http2';
import { type AddressInfo } from 'node:net';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { findAccount, isRoot } from '../support/accounts.ts';
import { ExpressServer } from '../support/express-server.ts';
import { type Response, request } from '../support/http-request.ts';
import { runRefused } from '../support/refused-start.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { TestSocket } from '../support/web-socket.ts';

const app = path.join(import.meta.dirname, '../fixtures/apps/guarded.mjs');
/** As root, the app has another account than httpd's children. */
const separateAccounts = isRoot && findAccount('games') !== undefined ? ['--user', 'games'] : [];

/** What everything is behind: files, the app, another server, httpd's own pages. */
const guarded = [
  '/',
  '/page.html',
  '/open/page.html',
  '/alias/x.txt',
  '/single',
  '/app/deep?q=1',
  '/other/x',
  '/server-status',
];

let temporary: ReturnType<typeof createTemporaryDirectory>;
const other = createServer((req, res) => res.end(JSON.stringify({ headers: req.headers })));

beforeAll(async () => {
  temporary = createTemporaryDirectory();
  for (const name of ['htdocs', 'alias', 'htdocs/open']) mkdirSync(path.join(temporary.path, name));
  write('htdocs/page.html', 'a page');
  write('htdocs/sorry.html', 'who are you?');
  write('htdocs/absent.html', 'not here');
  write('htdocs/open/page.html', 'a page');
  write('htdocs/open/.htaccess', 'Require all granted\nSatisfy Any\nAuthType None\n');
  write('alias/x.txt', 'an alias');
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  other.close();
  temporary.remove();
});

function write(name: string, text: string): string {
  const file = path.join(temporary.path, name);
  writeFileSync(file, text);
  chmodSync(file, 0o644);
  return file;
}

/** A server with one of everything that can be asked for. */
function startGuarded(args: readonly string[]): Promise<ExpressServer> {
  return ExpressServer.start([
    ...[app, '--document-root', path.join(temporary.path, 'htdocs'), '--server-status', '--http2'],
    ...['--allow-override', 'AuthConfig'],
    ...['--url-alias', '/alias', path.join(temporary.path, 'alias')],
    ...['--url-alias', '/single', path.join(temporary.path, 'alias/x.txt')],
    ...['--proxy-mount-point', '/other', `http://127.0.0.1:${(other.address() as AddressInfo).port}`],
    ...['--error-document', '401', '/sorry.html', '--error-document', '404', '/absent.html', '--access-log'],
    ...separateAccounts,
    ...args,
  ]);
}

const basic = (user: string, password: string) => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

async function statusOverHttp2(url: string, headers: Record<string, string>): Promise<number> {
  const client = connect(url);
  try {
    return await new Promise((resolve, reject) => {
      client.on('error', reject);
      const stream = client.request({ ':path': '/page.html', ...headers });
      stream.on('error', reject).on('response', (answer) => {
        resolve(answer[':status'] ?? 0);
      });
      stream.resume();
    });
  } finally {
    client.close();
  }
}

/** 101, or the status that the handshake was answered with. */
async function statusOfSocket(url: string, headers: Record<string, string>): Promise<string> {
  try {
    const socket = await TestSocket.open(url, { headers });
    const message = await socket.first();
    socket.socket.close();
    return message;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What an access log or a process list must not show. */
function filesWithSecrets(server: ExpressServer, secret: string): string[] {
  return ['error_log', 'access_log', 'httpd.conf', 'settings.json'].filter((name) =>
    readFileSync(path.join(server.serverRoot, name), 'utf8').includes(secret),
  );
}

describe('a server with --auth-user-file', () => {
  let server: ExpressServer;
  const anna = basic('anna', 'pass word');
  const get = (target: string, headers = {}, method = 'GET'): Promise<Response> =>
    request(server.url, { path: target, headers, method });

  beforeAll(async () => {
    const hash = createHash('sha1').update('pass word').digest('base64');
    const users = write('users', `# who may\nanna:{SHA}${hash}\n`);
    if (isRoot) chmodSync(users, 0o644);
    server = await startGuarded(['--auth-user-file', users, '--auth-realm', "Anna's place"]);
  }, 30_000);

  afterAll(async () => {
    await server.stop();
  });

  test.each(guarded)('asks for a password before it answers %s', async (target) => {
    const { status, headers, text } = await get(target);

    expect([status, headers['www-authenticate']]).toEqual([401, 'Basic realm="Anna\'s place"']);
    expect(text).toBe('who are you?');
  });

  test.each(guarded)('answers %s to who has one', async (target) => {
    expect((await get(target, anna)).status).toBe(200);
  });

  test.each([
    ['a wrong password', basic('anna', 'password')],
    ['an unknown user', basic('otto', 'pass word')],
    ['no user', basic('', '')],
    ['another scheme', { Authorization: 'Bearer x' }],
    ['rubbish', { Authorization: 'Basic ???' }],
  ])('refuses %s', async (_title, headers) => {
    expect((await get('/page.html', headers)).status).toBe(401);
  });

  test.each(['POST', 'OPTIONS', 'HEAD', 'DELETE', 'PROPFIND'])('asks for it with %s, too', async (method) => {
    expect([(await get('/x', {}, method)).status, (await get('/x', anna, method)).status]).toEqual([
      401, 200,
    ]);
  });

  test('tells the app who it is, and not the password', async () => {
    expect(JSON.parse((await get('/x', anna)).text)).toEqual({
      url: '/x',
      authorization: null,
      user: 'anna',
      names: [],
    });
  });

  test('keeps the password from other servers behind it', async () => {
    const { headers } = JSON.parse((await get('/other/x', anna)).text) as { headers: object };

    expect(headers).not.toHaveProperty('authorization');
  });

  test('guards WebSockets', async () => {
    expect(await statusOfSocket(server.url, {})).toMatch(/401/);
    expect(JSON.parse(await statusOfSocket(server.url, anna))).toMatchObject({ authorization: null });
  });

  test('guards HTTP/2', async () => {
    expect(await statusOverHttp2(server.url, {})).toBe(401);
    expect(await statusOverHttp2(server.url, { authorization: anna.Authorization })).toBe(200);
  });

  test('still has its error documents', async () => {
    for (const [target, headers] of [
      ['/alias/nothing', anna],
      ['/alias/.private', {}],
    ] as const) {
      const { status, text } = await get(target, headers);
      expect([status, text]).toEqual([404, 'not here']);
    }
  });

  test('keeps the password out of its logs and files', () => {
    expect(filesWithSecrets(server, 'pass word')).toEqual([]);
    expect(filesWithSecrets(server, anna.Authorization.slice(6))).toEqual([]);
  });
});

describe('a command line about access', () => {
  const refuse = async (args: readonly string[]) => {
    const { status, stderr } = await runRefused({
      args: ['start-server', '--host=127.0.0.1', '--server-root', path.join(temporary.path, 'root'), ...args],
      untouched: [temporary.path],
    });
    expect(status).toBe(2);
    return stderr;
  };

  test.each([
    ['a file of users that is missing', ['--auth-user-file', '/nowhere/users'], /no such file/],
    ['a directory for a file of users', ['--auth-user-file', '/tmp'], /this is a directory/],
    ['a file without users', ['--auth-user-file', app], /expected lines of USER:HASH/],
    ['Digest', ['--auth-type', 'Digest'], /expected Basic: Digest wants passwords kept as MD5/],
    ['a realm without passwords', ['--auth-realm', 'x'], /--auth-realm: needs --auth-user-file/],
    ['a realm with a quote', ['--auth-realm', 'a"b'], /expected ASCII text without quotes/],
  ])('is refused with %s', async (_title, args, message) => {
    expect(await refuse([app, ...args])).toMatch(message);
  });

  test('is refused with a file of users that is served', async () => {
    const users = write('htdocs/users', 'anna:x\n');
    const documentRoot = ['--document-root', path.join(temporary.path, 'htdocs')];

    expect(await refuse([app, '--auth-user-file', users, ...documentRoot])).toMatch(/is served to clients/);
  });

  (isRoot ? test : test.skip)('is refused with a file that httpd may not read', async () => {
    const users = write('secret-users', 'anna:x\n');
    chmodSync(users, 0o600);

    expect(await refuse([app, '--auth-user-file', users])).toMatch(
      /the account of httpd's children, may not read it: .*secret-users has mode 0600/,
    );
  });
});
