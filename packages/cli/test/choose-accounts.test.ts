import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { chooseAccounts } from '../src/choose-accounts.ts';
import { serverOptions } from '../src/options.ts';
import { type RawValues, resolveSettings } from '../src/settings.ts';

let directory = '';
beforeEach(() => {
  directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'accounts-')));
  chmodSync(directory, 0o755);
  mkdirSync(path.join(directory, 'closed'), { mode: 0o700 });
  writeFileSync(path.join(directory, 'app.mjs'), '', { mode: 0o644 });
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const euid = process.geteuid?.() ?? 0;
const asRoot = euid === 0 ? test : test.skip;
const notAsRoot = euid === 0 ? test.skip : test;

/** A group of this machine that is neither root's nor `gid`. */
function otherGroup(gid: number): { readonly name: string; readonly gid: number } {
  const groups = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , id]) => ({ name, gid: Number(id) }));
  const found = groups.find((group) => group.gid > 0 && group.gid !== gid);
  if (found === undefined) throw new Error('this machine has one group only');
  return found;
}

function choose(values: RawValues = {}, cwd = directory) {
  const { settings } = resolveSettings(serverOptions, { values, env: {} });
  const app = { kind: 'script', entry: path.join(directory, 'app.mjs'), mountPoint: '/' } as const;
  return chooseAccounts(settings, { app }, { euid, cwd });
}

describe('the accounts', () => {
  test('start the app in the current directory, or in the one that is named', () => {
    expect(choose().workingDirectory).toBe(directory);
    expect(choose({ workingDirectory: ['/'] }).workingDirectory).toBe('/');
  });

  asRoot('start the app in its own directory when the current one is closed to it', () => {
    const accounts = choose({}, path.join(directory, 'closed'));
    expect(accounts.app.uid).not.toBe(0);
    expect(accounts.workingDirectory).toBe(directory);
  });

  asRoot('do not replace a directory that was named', () => {
    expect(() => choose({ workingDirectory: [path.join(directory, 'closed')] })).toThrow(
      expect.objectContaining({ code: 'ERR_SUPERVISOR_APP_UNREADABLE' }),
    );
  });

  asRoot('give httpd the group that is named, and leave its user and the app alone', () => {
    const plain = choose();
    const other = otherGroup(plain.httpd.gid);
    const { app, httpd } = choose({ httpdGroup: [other.name] });
    expect(httpd).toEqual({ ...plain.httpd, group: other.name, gid: other.gid });
    expect(app).toEqual(plain.app);
  });

  asRoot.each([['no-such-group'], ['root'], ['#0']])('refuse --httpd-group %s', (name) => {
    expect(() => choose({ httpdGroup: [name] })).toThrow(
      expect.objectContaining({
        code: 'ERR_CLI_OPTION_VALUE',
        message: expect.stringContaining(`--httpd-group ${name}: expected`),
      }),
    );
  });

  notAsRoot('refuse --httpd-group of another group without root', () => {
    expect(() => choose({ httpdGroup: ['root'] })).toThrow(
      expect.objectContaining({ code: 'ERR_CLI_OPTION_VALUE' }),
    );
  });
});
