/** Who runs what when root starts the server, who can reach its files and sockets, and what works without root. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, lstatSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import {
  type Account,
  findAccount,
  giveAway,
  isRoot,
  noUnprivileged,
  unprivileged,
} from '../support/accounts.ts';
import { ExpressServer, type ListenOptions } from '../support/express-server.ts';
import { findProcesses } from '../support/find-processes.ts';
import { findFreePort } from '../support/free-port.ts';
import { request } from '../support/http-request.ts';
import { runRefused } from '../support/refused-start.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const fixture = path.join(import.meta.dirname, '../fixtures/apps/identity.ts');

/** The account of httpd here, one that owns an app, and one that has nothing to do with either. */
const httpdName = ['www-data', 'apache', 'http', 'wwwrun', 'daemon'].find((name) => findAccount(name)) ?? '';
const [httpd, owner, stranger] = [httpdName, 'games', 'bin'].map(findAccount);

const noRoot = ((): string | undefined => {
  if (!isRoot) return 'only root can start a server that runs as other accounts';
  if (httpd === undefined || owner === undefined || stranger === undefined)
    return 'there is no account for httpd, games or bin';
  return noUnprivileged;
})();

let temporary: ReturnType<typeof createTemporaryDirectory>;
let app: string;
let server: ExpressServer | undefined;

beforeEach(() => {
  temporary = createTemporaryDirectory();
  app = path.join(temporary.path, 'app.ts');
  copyFileSync(fixture, app);
  chmodSync(app, 0o644);
});

afterEach(async () => {
  const { status } = (await server?.stop()) ?? { status: 0 };
  server = undefined;
  temporary.remove();
  expect(status).toBe(0);
});

async function start(args: readonly string[], options: ListenOptions = {}): Promise<ExpressServer> {
  return (server = await ExpressServer.start(args, options));
}

async function listenOptions(): Promise<readonly string[]> {
  return ['--host=127.0.0.1', `--port=${await findFreePort()}`];
}

/** `start-server` that must be refused: the error, and that no server root was made. */
async function refuse(args: readonly string[], options: ListenOptions = {}): Promise<string> {
  const serverRoot = path.join(temporary.path, 'root');
  const { status, stderr } = await runRefused({
    args: ['start-server', ...(await listenOptions()), '--server-root', serverRoot, ...args],
    untouched: [temporary.path],
    ...options,
  });
  expect(status).toBe(1);
  return stderr;
}

interface Identity extends Account {
  readonly groups: readonly number[];
  readonly home: string;
  readonly user: string;
  readonly cwd: string;
}

async function identityOf({ url }: ExpressServer): Promise<Identity> {
  return JSON.parse((await request(url)).text) as Identity;
}

/** The four uids, the four gids and the groups of each process of a kind, as the kernel knows them. */
function credentialsOf({ mark, serverRoot }: ExpressServer, kind: 'httpd' | 'bridge' | 'worker'): string[] {
  const isOfKind = {
    httpd: (command: string) => command.includes(`${serverRoot}/httpd.conf`),
    bridge: (command: string) => /^\(express:.*\) bridge$/.test(command),
    worker: (command: string) => /^\(express:[^)]*\)$/.test(command),
  }[kind];
  const found = findProcesses(mark)
    .filter(({ command }) => isOfKind(command))
    .map(({ pid }) => readFileSync(`/proc/${pid}/status`, 'utf8'))
    .map((status) =>
      [...status.matchAll(/^(?:Uid|Gid|Groups):[ \t]*(.*?)[ \t]*$/gm)].map(([, ids]) =>
        ids?.replaceAll('\t', ' '),
      ),
    )
    .map((ids) => ids.join(', '));
  return [...new Set(found)].sort();
}

function credentials({ uid, gid }: Account, groups: readonly number[] = [gid]): string {
  return `${`${uid} `.repeat(4).trim()}, ${`${gid} `.repeat(4).trim()}, ${groups.join(' ')}`;
}

/** `running as` of the banner. */
function bannerOf({ command }: ExpressServer): string | undefined {
  return /^Running As +: (.*)$/m.exec(command.stdout)?.[1];
}

/** What happens when an account connects to a socket: `connected`, or the code of the error. */
function connectAs(account: Account, socket: string): string {
  const script = `require('net').connect(process.argv[1]).on('connect', () => end('connected')).on('error', (e) => end(e.code));
    function end(what) { process.stdout.write(what); process.exit(); }`;
  return spawnSync(process.execPath, ['-e', script, socket], { ...account, cwd: '/', encoding: 'utf8' })
    .stdout;
}

function isMissing(reason: string | undefined): boolean {
  if (reason !== undefined) process.stderr.write(`skipped: ${reason}\n`);
  return reason !== undefined;
}

describe('started by root', () => {
  if (noRoot !== undefined || httpd === undefined || owner === undefined || stranger === undefined) {
    test.skip(`skipped: ${noRoot ?? ''}`, () => undefined);
    process.stderr.write(`skipped, started by root: ${noRoot ?? ''}\n`);
    return;
  }

  test('the app of root runs as the account of httpd, and the banner and a note say so', async () => {
    const running = await start([app]);
    expect(await identityOf(running)).toMatchObject({ ...httpd, groups: [httpd.gid], user: httpdName });
    expect(bannerOf(running)).toBe(`${httpdName} (app), ${httpdName} (httpd)`);
    expect(running.command.stderr).toBe(
      `express: note: started as root: the app runs as ${httpdName}; choose with --user\n`,
    );
    expect(credentialsOf(running, 'worker')).toEqual([credentials(httpd)]);
    expect(credentialsOf(running, 'bridge')).toEqual([credentials(httpd)]);
  }, 20_000);

  test('the app runs as the owner of its entry file, httpd’s children as their own account', async () => {
    chownSync(app, owner.uid, owner.gid);
    const running = await start([app]);
    expect(await identityOf(running)).toMatchObject({ ...owner, user: 'games' });
    expect(bannerOf(running)).toBe(`games (app), ${httpdName} (httpd)`);
    expect(credentialsOf(running, 'worker')).toEqual([credentials(owner)]);
    expect(credentialsOf(running, 'bridge')).toEqual([credentials(owner)]);
    // The parent stays root: it opened the port and the logs. So is a child for a moment, until it has changed its own.
    const uids = (): string[] =>
      credentialsOf(running, 'httpd').flatMap((each) => each.split(' ').slice(0, 1));
    await waitFor(() => uids().join() === `0,${httpd.uid}`, {
      within: 5000,
      what: `httpd to run as root and its children as ${httpdName}`,
    });
    expect(credentialsOf(running, 'httpd')).toContain(credentials(httpd));
  }, 20_000);

  test('--user, --group and --httpd-user are obeyed', async () => {
    const running = await start([app, '--user=games', '--group=bin', '--httpd-user=nobody']);
    expect(credentialsOf(running, 'worker')).toEqual([credentials({ uid: owner.uid, gid: stranger.gid })]);
    expect(credentialsOf(running, 'httpd')).toContain(credentials(findAccount('nobody') ?? stranger));
    expect(bannerOf(running)).toBe('games (app), nobody (httpd)');
    expect(running.command.stderr).toBe('');
    expect((await request(running.url)).status).toBe(200);
  }, 20_000);

  test('--user nobody runs the app and httpd’s children as nobody', async () => {
    const running = await start([app, '--user', 'nobody']);
    expect(await identityOf(running)).toMatchObject({ uid: findAccount('nobody')?.uid, user: 'nobody' });
    expect(bannerOf(running)).toBe('nobody (app), nobody (httpd)');
  }, 20_000);

  test('--user root is obeyed with a warning, and httpd’s children are still not root', async () => {
    const running = await start([app, '--user', 'root']);
    expect(await identityOf(running)).toMatchObject({ uid: 0, gid: 0 });
    expect(running.command.stderr).toMatch(/^express: warning: the app runs as root, .*\n$/);
    expect(credentialsOf(running, 'httpd')).toContain(credentials(httpd));
  }, 20_000);

  test('the groups of root are dropped: an account has its own', async () => {
    chownSync(app, owner.uid, owner.gid);
    const running = await start([app], { launcher: ['setpriv', '--groups', `${stranger.gid},4,6`] });
    expect(credentialsOf(running, 'worker')).toEqual([credentials(owner)]);
    expect(credentialsOf(running, 'bridge')).toEqual([credentials(owner)]);
    expect(credentialsOf(running, 'httpd')).toContain(credentials(httpd));
  }, 20_000);

  test('the app starts in its own directory where the current one is closed to it', async () => {
    const closed = path.join(temporary.path, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const running = await start([app], { cwd: closed });
    expect((await identityOf(running)).cwd).toBe(temporary.path);
  }, 20_000);

  test('a temporary directory that is closed to the app is not in its way', async () => {
    const closed = path.join(temporary.path, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const running = await start([app], { env: { TMPDIR: closed } });
    expect((await identityOf(running)).user).toBe(httpdName);
    expect(readdirSync(closed)).toEqual([]);
  }, 20_000);

  test('nothing in the server root can be written to, and no secret read, by another account', async () => {
    chownSync(app, owner.uid, owner.gid);
    const { serverRoot } = await start([app, '--setenv', 'SECRET', 'x', '--access-log']);
    const facts = Object.fromEntries(
      ['', ...readdirSync(serverRoot, { recursive: true, encoding: 'utf8' })].map((name) => {
        const { mode, uid, gid } = lstatSync(path.join(serverRoot, name));
        return [name, `${(mode & 0o7777).toString(8)} ${uid}:${gid}`];
      }),
    );
    expect(facts).toMatchObject({
      '': '711 0:0',
      'httpd.conf': '600 0:0',
      'settings.json': '600 0:0',
      apachectl: '700 0:0',
      envvars: '600 0:0',
      error_log: '640 0:0',
      'control.sock': '600 0:0',
      run: '711 0:0',
      sockets: `2710 ${owner.uid}:${httpd.gid}`,
      'sockets/bridge.sock': `660 ${owner.uid}:${httpd.gid}`,
      'sockets/worker-1.sock': `600 ${owner.uid}:${httpd.gid}`,
    });
    for (const [name, fact] of Object.entries(facts))
      expect(`${name} ${(Number.parseInt(fact, 8) & 0o002).toString(8)}`).toBe(`${name} 0`);
  }, 20_000);

  test('only who must can connect to its sockets', async () => {
    chownSync(app, owner.uid, owner.gid);
    const { serverRoot } = await start([app]);
    const sockets = ['control.sock', 'sockets/bridge.sock', 'sockets/worker-1.sock'];
    const seenBy = (account: Account): string[] =>
      sockets.map((name) => connectAs(account, path.join(serverRoot, name)));
    expect(seenBy(stranger)).toEqual(['EACCES', 'EACCES', 'EACCES']);
    expect(seenBy(httpd)).toEqual(['EACCES', 'connected', 'EACCES']);
    expect(seenBy(owner)).toEqual(['EACCES', 'connected', 'connected']);
  }, 20_000);

  test.each([
    ['--user=no-such-user', 'cannot use --user no-such-user: no such user'],
    ['--user=#4000000001', 'cannot use --user #4000000001: no such user'],
    ['--group=no-such-group', 'cannot use --group no-such-group: no such group'],
    ['--httpd-user=no-such-user', 'cannot use --httpd-user no-such-user: no such user'],
    ['--httpd-user=root', 'cannot use --httpd-user root: it is root'],
  ])('%s is refused', async (option, message) => {
    const stderr = await refuse([app, option]);
    expect(stderr).toContain(`express: error: ${message} [ERR_`);
    expect(stderr).toMatch(/^express: hint: /m);
  });

  test('an app that no account without privileges can read is refused with the directory in the way', async () => {
    const closed = path.join(temporary.path, 'closed');
    mkdirSync(path.join(closed, 'inner'), { recursive: true });
    chmodSync(closed, 0o700);
    copyFileSync(fixture, path.join(closed, 'inner/app.ts'));
    const stderr = await refuse([path.join(closed, 'inner/app.ts')]);
    expect(stderr).toContain(
      `${closed}/inner/app.ts is out of its reach, ${closed} is in the way (mode 0700, uid 0`,
    );
    expect(stderr).toMatch(/^express: hint: open .*closed to .*--user/m);
  });

  test('an app that a named account cannot read is refused with the file in the way', async () => {
    chmodSync(app, 0o600);
    const stderr = await refuse([app, '--user=games']);
    expect(stderr).toContain(
      `cannot run the app as games: ${app} is out of its reach, ${app} is in the way (mode 0600`,
    );
  });

  test('a server root that the accounts cannot reach is refused with the directory in the way', async () => {
    const closed = path.join(temporary.path, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const { status, stderr } = await runRefused({
      args: ['start-server', app, ...(await listenOptions()), '--server-root', path.join(closed, 'root')],
    });
    expect(status).toBe(1);
    expect(stderr).toContain(`cannot use ${closed}/root as server root: ${closed} is closed to ${httpdName}`);
  });
});

describe('without root', () => {
  test('everything runs as the account that starts it, in a server root closed to others', async () => {
    if (isMissing(noUnprivileged)) return;
    const directory = path.join(temporary.path, 'home');
    mkdirSync(directory);
    const options = { ...unprivileged, env: { HOME: giveAway(directory) }, cwd: temporary.path };
    const running = await start([app], { ...options, serverRoot: path.join(directory, 'root') });
    const { uid = process.getuid?.() ?? 0, gid = process.getgid?.() ?? 0 } = unprivileged.account ?? {};
    expect(await identityOf(running)).toMatchObject({ uid, gid, home: directory, cwd: temporary.path });
    for (const kind of ['httpd', 'bridge', 'worker'] as const)
      expect(credentialsOf(running, kind).map((each) => each.split(',')[0])).toEqual([
        `${uid} ${uid} ${uid} ${uid}`,
      ]);
    expect(bannerOf(running)).toBeUndefined();
    expect(running.command.stderr).toBe('');
    expect((lstatSync(running.serverRoot).mode & 0o777).toString(8)).toBe('700');
    if (isRoot && stranger !== undefined)
      expect(connectAs(stranger, path.join(running.serverRoot, 'sockets/bridge.sock'))).toBe('EACCES');
  }, 20_000);

  test.each([
    ['--user=root', 'cannot use --user root: this is '],
    ['--httpd-user=root', 'cannot use --httpd-user root: this is '],
    ['--group=root', 'cannot use --group root: this is '],
  ])('%s is refused: only root can become another account', async (option, message) => {
    if (isMissing(noUnprivileged)) return;
    const stderr = await refuse([app, option], unprivileged);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^express: hint: start as root, or leave the option out$/m);
  });

  test('a server root of somebody else is refused', async () => {
    if (isMissing(noUnprivileged) || !isRoot) return;
    const serverRoot = path.join(temporary.path, 'root');
    mkdirSync(serverRoot, { mode: 0o755 });
    const { status, stderr } = await runRefused({
      args: ['start-server', app, ...(await listenOptions()), '--server-root', serverRoot],
      untouched: [temporary.path],
      ...unprivileged,
    });
    expect(status).toBe(1);
    expect(stderr).toContain(`cannot use ${serverRoot} as server root: it belongs to uid 0`);
  });
});
