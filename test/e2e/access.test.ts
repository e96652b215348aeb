/** Who is let in: passwords that httpd checks, and scripts that are asked. */
import { spawnSync } from 'node:child_process';
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
import { waitFor } from '../support/wait-for.ts';
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
  for (const name of ['htdocs', 'alias', 'htdocs/open', 'htdocs/indexed'])
    mkdirSync(path.join(temporary.path, name));
  write('htdocs/page.html', 'a page');
  write('htdocs/sorry.html', 'who are you?');
  write('htdocs/absent.html', 'not here');
  write('htdocs/open/page.html', 'a page');
  write('htdocs/open/.htaccess', 'Require all granted\nSatisfy Any\nAuthType None\n');
  write('htdocs/indexed/index.html', 'an index');
  write('alias/page.html', 'another page');
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
    ...['--allow-override', 'AuthConfig', '--directory-listing', '--directory-index', 'index.html'],
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
    server = await startGuarded(['--auth-user-file', users, '--auth-realm', "Anna's place at $ 5$%"]);
  }, 30_000);

  afterAll(async () => {
    await server.stop();
  });

  test.each(guarded)('asks for a password before it answers %s', async (target) => {
    const { status, headers, text } = await get(target);

    expect([status, headers['www-authenticate']]).toEqual([401, 'Basic realm="Anna\'s place at $ 5$%"']);
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

  test('serves the index and the listing of a directory', async () => {
    expect((await get('/alias/', anna)).text).toMatch(/page\.html.*x\.txt/s);
    expect((await get('/indexed/', anna)).text).toBe('an index');
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

describe('a server with scripts', () => {
  let server: ExpressServer;
  const anna = basic('anna', 'pass word');
  const get = (target: string, headers = {}, method = 'GET'): Promise<Response> =>
    request(server.url, { path: target, headers, method });

  beforeAll(async () => {
    for (const name of ['hosts.ts', 'users.ts'])
      write(name, readFileSync(path.join(import.meta.dirname, '../fixtures/access', name), 'utf8'));
    server = await startGuarded([
      ...['--host-access-script', path.join(temporary.path, 'hosts.ts')],
      ...['--auth-user-script', path.join(temporary.path, 'users.ts'), '--auth-realm', "Anna's place"],
      ...['--auth-group-script', path.join(temporary.path, 'users.ts')],
      ...['--auth-group', 'admins', '--auth-group', 'writers'],
      ...['--request-timeout', '2', '--deadlock-timeout', '2'],
    ]);
  }, 30_000);

  afterAll(async () => {
    await server.stop();
  });

  test.each(guarded)('asks for a password before it answers %s', async (target) => {
    const { status, headers, text } = await get(target);

    expect([status, headers['www-authenticate']]).toEqual([
      401,
      'Basic realm="Anna\'s place", charset="UTF-8"',
    ]);
    expect(text).toBe('who are you?');
  });

  test.each(guarded)('refuses a host before it asks who wants %s', async (target) => {
    const { status, headers } = await get(target, { 'X-Test': 'deny' });

    expect([status, headers['www-authenticate']]).toEqual([403, undefined]);
    expect((await get(target, { 'X-Test': 'deny', ...anna })).status).toBe(403);
  });

  test.each(guarded)('answers %s to who is let in', async (target) => {
    expect((await get(target, anna)).status).toBe(200);
  });

  test.each([
    ['a wrong password', basic('anna', 'password')],
    ['an unknown user', basic('emil', 'emil')],
    ['a user of no group that is asked for', basic('otto', 'otto')],
    ['a name with spaces around it', basic(' anna', 'pass word')],
    ['a name with a line break', basic('anna\r\nVariable-express_user: zoë', 'pass word')],
    ['no user', basic('', '')],
    ['credentials without a colon', { Authorization: `Basic ${Buffer.from('anna').toString('base64')}` }],
    ['another scheme', { Authorization: 'Bearer x' }],
  ])('answers 401 to %s', async (_title, headers) => {
    const { status, headers: answer } = await get('/page.html', headers);

    expect([status, answer['www-authenticate']]).toEqual([401, expect.stringContaining('Basic realm=')]);
  });

  test.each(['POST', 'OPTIONS', 'HEAD', 'DELETE', 'PROPFIND'])('is asked with %s, too', async (method) => {
    expect([(await get('/x', {}, method)).status, (await get('/x', anna, method)).status]).toEqual([
      401, 200,
    ]);
  });

  test('lets in a user whose name and password are not ASCII', async () => {
    const { status, text } = await get('/x', basic('zoë', 'wörd:☃'));
    const { user } = JSON.parse(text) as { user: string };

    expect([status, Buffer.from(user, 'latin1').toString()]).toEqual([200, 'zoë']);
  });

  test('tells the app who it is, and not the password', async () => {
    expect(JSON.parse((await get('/x', anna)).text)).toEqual({
      url: '/x',
      authorization: null,
      user: 'anna',
      names: [],
    });
  });

  test('does not believe a client that says it is let in', async () => {
    const headers = {
      'Variable-Express_Granted': 'yes',
      express_granted: 'yes',
      'Redirect-Status': '401',
      'X-Express-Granted': 'yes',
    };

    expect((await get('/page.html?express_granted=yes', headers)).status).toBe(401);
  });

  test('keeps the password from other servers behind it', async () => {
    const { headers } = JSON.parse((await get('/other/x', anna)).text) as { headers: object };

    expect(headers).not.toHaveProperty('authorization');
  });

  test('guards WebSockets', async () => {
    expect(await statusOfSocket(server.url, {})).toMatch(/401/);
    expect(await statusOfSocket(server.url, { ...anna, 'X-Test': 'deny' })).toMatch(/403/);
    expect(JSON.parse(await statusOfSocket(server.url, anna))).toMatchObject({ authorization: null });
  });

  test('guards HTTP/2', async () => {
    expect(await statusOverHttp2(server.url, {})).toBe(401);
    expect(await statusOverHttp2(server.url, { authorization: anna.Authorization })).toBe(200);
  });

  test('serves the index and the listing of a directory', async () => {
    expect((await get('/alias/', anna)).text).toMatch(/page\.html.*x\.txt/s);
    expect((await get('/indexed/', anna)).text).toBe('an index');
  });

  test('still has its error documents', async () => {
    const { status, text } = await get('/alias/nothing', anna);

    expect([status, text]).toEqual([404, 'not here']);
  });

  test('gives a script the variables of the request, without password', async () => {
    await get('/a%2Fb/../c?q=1', { 'X-Test': 'tell', ...anna });
    await waitFor(() => server.errorLog.includes('ENVIRON'), { within: 5000, what: 'the script to tell' });
    const told = /ENVIRON (\{.*\})/.exec(server.errorLog)?.[1] ?? '';

    expect(JSON.parse(told)).toMatchObject({
      host: '127.0.0.1',
      isFrozen: true,
      environ: {
        REQUEST_METHOD: 'GET',
        REQUEST_URI: '/a%2Fb/../c?q=1',
        QUERY_STRING: 'q=1',
        REMOTE_ADDR: '127.0.0.1',
        HTTP_X_TEST: 'tell',
        SERVER_PORT: String(server.port),
      },
    });
    expect(told).not.toMatch(/AUTHORIZATION|PASSWD|EXPRESS|"PATH"|FCGI/);
  });

  test.each([
    ['throws', { 'X-Test': 'throw' }, 'Error: the list of hosts is lost', 'hosts.ts:9:'],
    ['throws about a user', basic('broken', 'x'), 'Error: no connection to the users', 'users.ts:11:'],
    ['answers neither true nor false', { 'X-Test': 'odd' }, 'allowAccess answered: it is a string', ''],
  ])('answers 500 where a script %s, and logs why', async (_title, headers, message, place) => {
    const { status } = await get('/page.html', headers);

    expect(status).toBe(500);
    await waitFor(() => server.errorLog.includes(message), { within: 5000, what: message });
    expect(server.errorLog).toContain(place);
  });

  test('answers 504 where a script does not answer, and serves others meanwhile', async () => {
    const hanging = get('/page.html', { 'X-Test': 'hang', ...anna });

    expect((await get('/page.html', anna)).status).toBe(200);
    expect((await hanging).status).toBe(504);
  });

  test('lets nobody in while its scripts are restarted, and then goes on', async () => {
    const { status } = await get('/page.html', { 'X-Test': 'exit', ...anna });

    expect([502, 503]).toContain(status);
    await waitFor(async () => (await get('/page.html', anna)).status === 200, {
      within: 5000,
      what: 'the scripts to be there again',
    });
  });

  test('replaces scripts that block their process', async () => {
    expect((await get('/page.html', { 'X-Test': 'spin', ...anna })).status).toBe(504);
    await waitFor(async () => (await get('/page.html', anna)).status === 200, {
      within: 10_000,
      what: 'the scripts to be there again',
    });
  });

  test('asks changed scripts, and the old ones where they do not load', async () => {
    const file = path.join(temporary.path, 'users.ts');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, 'export const somethingElse = 1;');
    await waitFor(() => server.errorLog.includes('the changed scripts for access do not load'), {
      within: 10_000,
      what: 'the scripts to be refused',
    });
    expect(server.errorLog).toMatch(/it exports .*somethingElse.*, expected a function checkPassword/);
    expect((await get('/page.html', anna)).status).toBe(200);

    writeFileSync(file, text.replace("'pass word'", "'new word'"));
    await waitFor(async () => (await get('/page.html', anna)).status === 401, {
      within: 10_000,
      what: 'the changed scripts to be asked',
    });
    expect((await get('/page.html', basic('anna', 'new word'))).status).toBe(200);
  });

  (isRoot ? test : test.skip)('lets no other account of this machine ask its scripts', () => {
    const socket = path.join(server.serverRoot, 'sockets/access.sock');
    const program = `require('net').connect(${JSON.stringify(socket)}).on('error', (e) => console.log(e.code))`;
    const { stdout } = spawnSync(process.execPath, ['-e', program], { ...findAccount('nobody'), cwd: '/' });

    expect(stdout.toString()).toBe('EACCES\n');
  });

  test('keeps passwords out of its logs and files', () => {
    expect(filesWithSecrets(server, 'pass word')).toEqual([]);
    expect(filesWithSecrets(server, anna.Authorization.slice(6))).toEqual([]);
  });
});

test('a server of files alone is guarded by a script for hosts, in CommonJS', async () => {
  const script = write('hosts.cjs', "exports.allowAccess = (environ) => environ.QUERY_STRING !== 'no';");
  const server = await ExpressServer.start([
    ...['--application-type', 'static', path.join(temporary.path, 'htdocs')],
    ...['--host-access-script', script],
  ]);
  const statusOf = async (target: string) => (await request(server.url, { path: target })).status;

  try {
    expect([await statusOf('/page.html'), await statusOf('/page.html?no')]).toEqual([200, 403]);
  } finally {
    await server.stop();
  }
}, 30_000);

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
    ['a script that is missing', ['--auth-user-script', '/nowhere/users.ts'], /no such file/],
    ['a directory for a script', ['--host-access-script', '/tmp'], /this is a directory/],
    ['groups without users', ['--auth-group-script', app, '--auth-group', 'x'], /needs --auth-user-script/],
    ['a group without a script', ['--auth-group', 'x'], /--auth-group: needs --auth-group-script/],
    [
      'a script for groups and no group',
      ['--auth-user-script', app, '--auth-group-script', app],
      /needs --auth-group/,
    ],
    [
      'a file of users beside a script',
      ['--auth-user-file', app, '--host-access-script', app],
      /stands alone: with scripts, --auth-user-script/,
    ],
    ['a realm without passwords', ['--auth-realm', 'x'], /--auth-realm: needs --auth-user-file/],
    [
      'a realm with a quote',
      ['--auth-realm', 'a"b'],
      /expected ASCII text of at most 255 characters without quotes/,
    ],
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
