import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { type FileFacts, type FileSystemFacts } from '../src/access.ts';
import { AccountDatabase } from '../src/accounts.ts';
import { type IdentityRequest, resolveIdentity } from '../src/identity.ts';
import { createTemporaryDirectory } from './support.ts';

const PASSWD = `# comment
root:x:0:0:root:/root:/bin/bash
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
ann:x:1000:1000:Ann:/home/ann:/bin/bash
bob:x:1001:1001:Bob:/home/bob:/bin/bash
1000000:x:1002:1002::/:/bin/sh
`;
const GROUP = `root:x:0:
www-data:x:33:bob
nogroup:x:65534:
ann:x:1000:
bob:x:1001:
staff:x:50:ann,bob
`;

const accounts = accountsOf(PASSWD);

function accountsOf(passwd: string): AccountDatabase {
  const ldap: Readonly<Record<string, string>> = {
    'passwd lea': 'lea:*:5000:5000:Lea:/ldap/lea:/bin/sh',
    'passwd 5000': 'lea:*:5000:5000:Lea:/ldap/lea:/bin/sh',
    'passwd 1001': 'bob:x:1001:1001:Bob:/home/bob:/bin/bash',
    'initgroups lea': 'lea                   5000 50',
  };
  return new AccountDatabase({ passwd, group: GROUP, lookUp: (database, key) => ldap[`${database} ${key}`] });
}

/** Paths → `mode uid gid`; a path that ends in / is a directory. Everything else is an open directory of root. */
function filesOf(
  entries: Readonly<Record<string, readonly [mode: number, uid: number, gid: number]>>,
): FileSystemFacts {
  const stat = (path: string): FileFacts => {
    const directory = entries[`${path}/`] ?? [0o755, 0, 0];
    const file = entries[path];
    const [mode, uid, gid] = file ?? directory;
    return { mode, uid, gid, isDirectory: file === undefined };
  };
  return { stat, realpath: (path) => path };
}

const openToAll = filesOf({ '/srv/app.ts': [0o644, 0, 0] });

function resolve(request: Partial<IdentityRequest>) {
  return resolveIdentity({
    euid: 0,
    egid: 0,
    entryPaths: ['/srv/app.ts'],
    accounts,
    files: openToAll,
    ...request,
  });
}

describe('started as root', () => {
  test.each([
    ['an entry of root', openToAll, 'www-data'],
    ['an entry of Ann', filesOf({ '/srv/app.ts': [0o600, 1000, 1000] }), 'ann'],
    ['an entry of an unknown uid', filesOf({ '/srv/app.ts': [0o644, 4242, 4242] }), 'www-data'],
    [
      'an entry that www-data may not read, and nobody may',
      filesOf({ '/srv/app.ts': [0o604, 0, 33] }),
      'nobody',
    ],
  ])('%s runs as the right account', (_, files, expected) => {
    const { app, httpd, notices } = resolve({ files });
    expect(app.user).toBe(expected);
    expect(httpd).toEqual({ user: 'www-data', group: 'www-data', uid: 33, gid: 33 });
    expect(notices).toEqual([expect.stringContaining(expected)]);
  });

  test('--user is the account of both', () => {
    const { app, httpd, notices } = resolve({ user: 'ann' });
    expect(app).toEqual({ user: 'ann', uid: 1000, gid: 1000, home: '/home/ann' });
    expect(httpd).toEqual({ user: 'ann', group: 'ann', uid: 1000, gid: 1000 });
    expect(notices).toEqual([]);
  });

  test('--httpd-user separates httpd from the app', () => {
    const { app, httpd } = resolve({ user: 'ann', httpdUser: 'bob' });
    expect([app.user, httpd.user]).toEqual(['ann', 'bob']);
  });

  test('--group replaces the group of --user for both', () => {
    const { app, httpd } = resolve({ user: 'ann', group: 'staff' });
    expect([app.gid, httpd.gid, httpd.group]).toEqual([50, 50, 'staff']);
  });

  test('--group does not reach a httpd that has another account', () => {
    const { app, httpd } = resolve({ user: 'ann', group: 'staff', httpdUser: 'www-data' });
    expect([app.gid, httpd.gid]).toEqual([50, 33]);
  });

  test('--user root is allowed for the app, with a warning, and httpd stays without privileges', () => {
    const { app, httpd, notices } = resolve({ user: 'root' });
    expect(app.uid).toBe(0);
    expect(httpd.user).toBe('www-data');
    expect(notices).toEqual([expect.stringContaining('runs as root')]);
  });

  test('numbers are taken with a #', () => {
    expect(resolve({ user: '#1000', group: '#50' }).app).toMatchObject({ user: 'ann', gid: 50 });
  });

  test('an account of a directory service is found', () => {
    expect(resolve({ user: 'lea' }).app).toEqual({ user: 'lea', uid: 5000, gid: 5000, home: '/ldap/lea' });
  });

  test('a supplementary group opens a directory', () => {
    const files = filesOf({ '/srv/': [0o750, 0, 50], '/srv/app.ts': [0o640, 0, 33] });
    expect(resolve({ user: 'bob', files }).app.user).toBe('bob');
  });

  test('a supplementary group of a directory service opens a directory', () => {
    const files = filesOf({ '/srv/': [0o750, 0, 50], '/srv/app.ts': [0o644, 0, 0] });
    expect(resolve({ user: 'lea', files }).app.user).toBe('lea');
  });

  test('the group of a file decides over its openness to others', () => {
    const files = filesOf({ '/srv/app.ts': [0o604, 0, 50] });
    expect(() => resolve({ user: 'ann', files })).toThrow('/srv/app.ts');
  });

  test('an entry that no account can reach is reported with the directory in the way', () => {
    const files = filesOf({ '/srv/': [0o700, 0, 0], '/srv/app.ts': [0o644, 0, 0] });
    expect(() => resolve({ files })).toThrow(
      expect.objectContaining({
        code: 'ERR_SUPERVISOR_APP_UNREADABLE',
        message: expect.stringMatching(/\/srv is in the way \(mode 0700, uid 0, gid 0\)/),
        hint: expect.stringContaining('--user root'),
      }),
    );
  });

  test('a node executable out of reach is reported for the account that was named', () => {
    const files = filesOf({
      '/root/': [0o700, 0, 0],
      '/root/node': [0o755, 0, 0],
      '/srv/app.ts': [0o644, 0, 0],
    });
    const entryPaths = ['/srv/app.ts', '/root/node'];
    expect(() => resolve({ user: 'ann', entryPaths, files })).toThrow('/root is in the way');
  });

  test.each([
    [{ user: 'nosuch' }, 'ERR_SUPERVISOR_UNKNOWN_ACCOUNT'],
    [{ user: '1000' }, 'ERR_SUPERVISOR_UNKNOWN_ACCOUNT'],
    [{ user: '#4242' }, 'ERR_SUPERVISOR_UNKNOWN_ACCOUNT'],
    [{ user: 'ann', group: 'nosuch' }, 'ERR_SUPERVISOR_UNKNOWN_ACCOUNT'],
    [{ httpdUser: 'nosuch' }, 'ERR_SUPERVISOR_UNKNOWN_ACCOUNT'],
    [{ httpdUser: 'root' }, 'ERR_SUPERVISOR_ROOT_REFUSED'],
    [{ httpdUser: '#0' }, 'ERR_SUPERVISOR_ROOT_REFUSED'],
  ])('%j is refused with %s', (request, code) => {
    expect(() => resolve(request)).toThrow(expect.objectContaining({ code }));
  });

  test('a user whose name is a number is found by it', () => {
    expect(resolve({ user: '1000000' }).app.uid).toBe(1002);
  });

  test('a machine without any account for httpd is reported', () => {
    const bare = accountsOf('root:x:0:0:root:/root:/bin/sh\n');
    expect(() => resolve({ accounts: bare })).toThrow(
      expect.objectContaining({ code: 'ERR_SUPERVISOR_NO_ACCOUNT' }),
    );
  });
});

describe('not started as root', () => {
  test('everything runs as the account we have', () => {
    const { app, httpd, notices } = resolve({ euid: 1000, egid: 1000 });
    expect([app.user, httpd.user, httpd.group, notices]).toEqual(['ann', 'ann', 'ann', []]);
  });

  test('a number that no file lists is used as it is', () => {
    const { app, httpd } = resolve({ euid: 4242, egid: 4242 });
    expect([app.user, app.uid, httpd.user, httpd.group]).toEqual(['#4242', 4242, '#4242', '#4242']);
  });

  test.each([{ user: 'ann' }, { user: '#1000' }, { httpdUser: 'ann' }, { group: 'ann' }])(
    '%j says what is',
    (request) => {
      expect(resolve({ euid: 1000, egid: 1000, ...request }).app.user).toBe('ann');
    },
  );

  test.each([{ user: 'bob' }, { user: 'root' }, { httpdUser: 'www-data' }, { group: 'staff' }])(
    '%j is refused',
    (request) => {
      expect(() => resolve({ euid: 1000, egid: 1000, ...request })).toThrow(
        expect.objectContaining({ code: 'ERR_SUPERVISOR_NOT_ROOT' }),
      );
    },
  );
});

(process.geteuid?.() === 0 ? describe : describe.skip)('on this machine', () => {
  function createEntry(): { directory: string; entry: string } {
    const directory = createTemporaryDirectory();
    const entry = join(directory, 'app.ts');
    writeFileSync(entry, '');
    return { directory, entry };
  }

  test('a private directory of root is in the way', () => {
    const { directory, entry } = createEntry();
    expect(() => resolveIdentity({ euid: 0, entryPaths: [entry] })).toThrow(
      `${directory} is in the way (mode 0700, uid 0`,
    );
  });

  test('an entry in an open directory runs as an account without privileges', () => {
    const { directory, entry } = createEntry();
    chmodSync(directory, 0o755);
    expect(resolveIdentity({ euid: 0, entryPaths: [entry] }).app.uid).toBeGreaterThan(0);
  });

  test('a link to a private directory is in the way as well', () => {
    const { directory, entry } = createEntry();
    const open = createTemporaryDirectory();
    chmodSync(open, 0o755);
    symlinkSync(entry, join(open, 'app.ts'));
    expect(() => resolveIdentity({ euid: 0, entryPaths: [join(open, 'app.ts')] })).toThrow(
      `${directory} is in the way`,
    );
  });
});
