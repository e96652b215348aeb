import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from '@jest/globals';

import { defaultServerRoot, openServerRoot, prepareServerRoot } from '../src/server-root.ts';
import { formatSettings, readSettings } from '../src/settings-file.ts';
import { type SupervisorSettings } from '../src/supervisor-settings.ts';
import { createTemporaryDirectory } from './support.ts';

const isRoot = process.geteuid?.() === 0;
const testAsRoot = isRoot ? test : test.skip;

let parent: string;
let path: string;

beforeEach(() => {
  parent = createTemporaryDirectory();
  path = join(parent, 'root');
});

function modeOf(file: string): string {
  return (lstatSync(file).mode & 0o7777).toString(8);
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'none',
    (error: unknown) => (error as { code: string }).code,
  );
}

test('the default is named after address and user', () => {
  expect(defaultServerRoot({ tmpdir: '/tmp', port: 8000, uid: 7, platform: 'linux' })).toBe(
    '/tmp/httpd-express-localhost:8000:7',
  );
  expect(defaultServerRoot({ tmpdir: '/a/', host: '::1', port: 1, uid: 7, platform: 'linux' })).toBe(
    '/a/httpd-express-::1:1:7',
  );
  expect(defaultServerRoot({ tmpdir: '/long', port: 1, uid: 7, platform: 'darwin' })).toBe(
    '/var/tmp/httpd-express-localhost:1:7',
  );
});

describe('a new directory', () => {
  test('is private, whatever the umask', async () => {
    const umask = process.umask(0);
    const root = await prepareServerRoot({ path }).finally(() => process.umask(umask));
    const modes = [root.path, root.runDirectory, root.workerSocketDirectory, root.documentRoot].map(modeOf);
    expect(modes).toEqual(['700', '700', '700', '755']);
  });

  test('is marked as ours at once, so that a set-up that was cut off can be repeated', async () => {
    await prepareServerRoot({ path });
    expect(await codeOf(prepareServerRoot({ path }))).toBe('none');
    expect(await codeOf(readSettings(path))).toBe('ERR_SUPERVISOR_SETTINGS_FILE');
  });

  testAsRoot('lets the app make sockets that httpd may connect to', async () => {
    chmodSync(parent, 0o755);
    const app = { user: 'nobody', uid: 65534, gid: 65534, home: '/' };
    const root = await prepareServerRoot({ path, identity: { app, httpdGid: 33 } });
    const sockets = lstatSync(root.workerSocketDirectory);
    expect([modeOf(path), modeOf(root.runDirectory), modeOf(root.workerSocketDirectory)]).toEqual([
      '711',
      '711',
      '2710',
    ]);
    expect([sockets.uid, sockets.gid]).toEqual([65534, 33]);
  });

  testAsRoot('out of reach of the app is refused with the directory in the way', async () => {
    const app = { user: 'nobody', uid: 65534, gid: 65534, home: '/' };
    await expect(prepareServerRoot({ path, identity: { app, httpdGid: 33 } })).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_SERVER_ROOT_UNREACHABLE',
      message: expect.stringContaining(`${parent} is closed to nobody`),
    });
  });

  test('without a parent is refused', async () => {
    expect(await codeOf(prepareServerRoot({ path: join(path, 'deeper') }))).toBe(
      'ERR_SUPERVISOR_SERVER_ROOT_PARENT',
    );
  });

  test('whose sockets would have too long a path is refused with the lengths, and not made', async () => {
    const long = join(parent, 'x'.repeat(80));
    await expect(prepareServerRoot({ path: long })).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_SERVER_ROOT_TOO_LONG',
      message: expect.stringContaining(`${Buffer.byteLength(long)} bytes`),
    });
    expect(readdirSync(parent)).toEqual([]);
  });
});

describe('a directory that is there', () => {
  test('is taken when it is empty', async () => {
    mkdirSync(path, 0o700);
    expect(await codeOf(prepareServerRoot({ path }))).toBe('none');
  });

  test('is refused when it holds something that is not ours, which stays as it is', async () => {
    mkdirSync(path, 0o700);
    writeFileSync(join(path, 'settings.json'), '{"mine":true}');
    expect(await codeOf(prepareServerRoot({ path }))).toBe('ERR_SUPERVISOR_SERVER_ROOT_FOREIGN');
    expect(readdirSync(path)).toEqual(['settings.json']);
    expect(readFileSync(join(path, 'settings.json'), 'utf8')).toBe('{"mine":true}');
  });

  test.each([
    ['httpd.conf', '# Written by httpd-express 0.1.0 for httpd 2.4.99.\n'],
    ['apachectl', '#!/bin/sh\n# Mine\n'],
  ])('is not ours because of the file %s', async (name, text) => {
    mkdirSync(path, 0o700);
    writeFileSync(join(path, name), text);
    expect(await codeOf(prepareServerRoot({ path }))).toBe('ERR_SUPERVISOR_SERVER_ROOT_FOREIGN');
    expect(readdirSync(path)).toEqual([name]);
  });

  test.each([0o770, 0o707, 0o1777])('is refused when others can write to it (mode %s)', async (mode) => {
    await prepareServerRoot({ path });
    chmodSync(path, mode);
    expect(await codeOf(prepareServerRoot({ path }))).toBe('ERR_SUPERVISOR_SERVER_ROOT_UNSAFE');
    expect(await codeOf(openServerRoot(path))).toBe('ERR_SUPERVISOR_SERVER_ROOT_UNSAFE');
  });

  testAsRoot('is refused when it belongs to another user', async () => {
    await prepareServerRoot({ path });
    chownSync(path, 65534, 65534);
    await expect(prepareServerRoot({ path })).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_SERVER_ROOT_UNSAFE',
      hint: expect.stringContaining('remove it if it is yours'),
    });
  });

  test.each(['', '/'])('is refused when it is a link, also written as link%s', async (slash) => {
    await prepareServerRoot({ path });
    symlinkSync(path, join(parent, 'link'));
    expect(await codeOf(prepareServerRoot({ path: `${parent}/link${slash}` }))).toBe(
      'ERR_SUPERVISOR_SERVER_ROOT_UNSAFE',
    );
  });

  test('is refused when it is a file', async () => {
    writeFileSync(path, 'mine');
    expect(await codeOf(prepareServerRoot({ path }))).toBe('ERR_SUPERVISOR_SERVER_ROOT_UNSAFE');
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  test('is refused when a link waits where its sockets go', async () => {
    const root = await prepareServerRoot({ path });
    rmSync(root.workerSocketDirectory, { recursive: true });
    symlinkSync('/etc', root.workerSocketDirectory);
    expect(await codeOf(prepareServerRoot({ path }))).toBe('ERR_SUPERVISOR_SERVER_ROOT_UNSAFE');
  });

  test.each([
    ['missing', () => undefined],
    [
      'empty',
      () => {
        mkdirSync(path, 0o700);
      },
    ],
  ])('cannot be opened while it is %s', async (_, arrange) => {
    arrange();
    expect(await codeOf(openServerRoot(path))).toBe('ERR_SUPERVISOR_SETTINGS_FILE');
  });
});

describe('as root, a server root is refused and nothing made', () => {
  /** Each makes `path` one that the account 65534 can replace, and names what is in its hands. */
  const exposures: readonly (readonly [title: string, arrange: () => string])[] = [
    [
      'below a directory of another account',
      () => {
        chownSync(parent, 65534, 65534);
        path = join(parent, 'deep/root');
        return parent;
      },
    ],
    [
      'below a directory that others can write to',
      () => {
        chmodSync(parent, 0o777);
        path = join(parent, 'deep/root');
        return parent;
      },
    ],
    [
      'behind a link of another account',
      () => {
        symlinkSync('deep', join(parent, 'link'));
        lchownSync(join(parent, 'link'), 65534, 65534);
        path = join(parent, 'link/root');
        return join(parent, 'link');
      },
    ],
    [
      'behind a link of root through a directory of another account',
      () => {
        mkdirSync(join(parent, 'theirs'));
        symlinkSync('../deep', join(parent, 'theirs/link'));
        symlinkSync('theirs/link', join(parent, 'link'));
        chownSync(join(parent, 'theirs'), 65534, 65534);
        path = join(parent, 'link/root');
        return join(parent, 'theirs');
      },
    ],
  ];

  testAsRoot.each(exposures)('%s', async (_, arrange) => {
    mkdirSync(join(parent, 'deep'));
    const exposed = arrange();
    await expect(prepareServerRoot({ path })).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_SERVER_ROOT_EXPOSED',
      message: expect.stringContaining(`${exposed} `),
    });
    expect(readdirSync(join(parent, 'deep'))).toEqual([]);
  });

  testAsRoot('also when it was prepared before', async () => {
    await prepareServerRoot({ path });
    chownSync(parent, 65534, 65534);
    expect(await codeOf(openServerRoot(path))).toBe('ERR_SUPERVISOR_SERVER_ROOT_EXPOSED');
  });

  testAsRoot('but not below a directory with the sticky bit, nor behind links of root', async () => {
    mkdirSync(join(parent, 'shared'));
    chmodSync(join(parent, 'shared'), 0o1777);
    symlinkSync('shared', join(parent, 'link'));
    expect(await codeOf(prepareServerRoot({ path: join(parent, 'link/root') }))).toBe('none');
  });
});

describe('settings', () => {
  test('are read as they were written', async () => {
    const settings: SupervisorSettings = {
      serverRoot: path,
      apachectlPath: join(path, 'apachectl'),
      httpdPath: '/usr/sbin/httpd',
      httpdVersion: '2.4.99',
      listen: { port: 80 },
      url: 'http://localhost/',
      gracefulTimeoutMs: 1,
      shutdownTimeoutMs: 1,
      banner: 'a ⇄ b\n',
    };
    await (await prepareServerRoot({ path })).writeFiles([formatSettings(settings)]);
    expect(await readSettings(path)).toEqual(settings);
    expect(modeOf(join(path, 'settings.json'))).toBe('600');
  });

  test.each([
    ['missing', undefined, 'no such file'],
    ['not JSON', '{', 'damaged, expected an object in JSON'],
    ['of another program', '{"generator":"x","format":1,"settings":{}}', 'that httpd-express wrote'],
    ['of another version', '{"generator":"httpd-express","format":2,"settings":{}}', 'expected format 1'],
    [
      'incomplete',
      '{"generator":"httpd-express","format":1,"settings":{"serverRoot":"/a"}}',
      'damaged, expected settings.apachectlPath to be of type string',
    ],
    [
      'null',
      '{"generator":"httpd-express","format":1,"settings":null}',
      'damaged, expected settings.serverRoot',
    ],
  ])('that are %s are refused, and can be written again', async (_, text, message) => {
    const file = join(path, 'settings.json');
    const apachectl = '#!/bin/sh\n# Written by httpd-express 0.1.0. Edits are lost.\n';
    await (
      await prepareServerRoot({ path })
    ).writeFiles([{ path: 'apachectl', text: apachectl, mode: 0o700 }]);
    if (text === undefined) rmSync(file);
    else writeFileSync(file, text);
    await openServerRoot(path); // what runs there can be steered
    await expect(readSettings(path)).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_SETTINGS_FILE',
      message: expect.stringMatching(`^cannot read the settings in ${file}: .*${message}`),
    });
    await (await prepareServerRoot({ path })).writeFiles([formatSettings()]);
    await expect(readSettings(path)).rejects.toMatchObject({
      message: expect.stringContaining('not finished'),
    });
  });
});

test('cleaning removes sockets and pid files and nothing else', async () => {
  const root = await prepareServerRoot({ path });
  const gone = [
    join(path, 'httpd.pid'),
    join(root.runDirectory, 'cgid.pid'),
    join(root.runDirectory, 'httpd.pid.41AHMG'), // httpd could not write it to its end
    root.socketPath,
  ];
  const kept = [
    join(path, 'httpd.conf'),
    join(root.runDirectory, 'notes'),
    join(root.documentRoot, 'a.sock'),
  ];
  for (const file of [...gone, ...kept]) writeFileSync(file, '');
  mkdirSync(join(root.workerSocketDirectory, 'empty.sock'));
  mkdirSync(join(root.workerSocketDirectory, 'full.sock/directory'), { recursive: true });
  await root.clean();
  expect(readdirSync(root.workerSocketDirectory)).toEqual(['full.sock']);
  expect(gone.filter((file) => lstatSync(file, { throwIfNoEntry: false }))).toEqual([]);
  expect(kept.filter((file) => lstatSync(file, { throwIfNoEntry: false }))).toEqual(kept);
});
