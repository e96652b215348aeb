import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from '@jest/globals';

import { installPrivate } from '../../src/install/install-private.ts';
import { parseOsRelease } from '../../src/os-release.ts';
import { catchError, makeDirectory, writeProgram } from '../fake-httpd.ts';

const debian = parseOsRelease('ID=debian\nVERSION_ID="12"\n');

/** A PATH on which apt-get is this script. */
function aptIs(body: string): NodeJS.ProcessEnv {
  const directory = makeDirectory();
  writeProgram(path.join(directory, 'apt-get'), body);
  return { PATH: `${directory}:/usr/bin:/bin`, RECORD: path.join(directory, 'record') };
}

const quiet = (): void => undefined;

test.each([
  ['ID=alpine\nPRETTY_NAME="Alpine Linux v3.20"\n', 'Alpine Linux v3.20', /apk add apache2 apache2-proxy/],
  [
    'ID=rocky\nID_LIKE="rhel fedora"\nPRETTY_NAME="Rocky Linux 9"\n',
    'Rocky Linux 9',
    /dnf install -y httpd-core/,
  ],
  ['ID=plan9\nPRETTY_NAME="Plan 9"\n', 'Plan 9', /--httpd-executable/],
])('a system that is not Debian is told its own command', async (release, name, hint) => {
  const home = path.join(makeDirectory(), 'home');
  const error = await catchError(() => installPrivate({ home, onProgress: quiet }, parseOsRelease(release)));
  expect(error.code).toBe('ERR_HTTPD_DETECT_NO_INSTALLER');
  expect(error.message).toContain(name);
  expect(error.hint).toMatch(hint);
});

test('a home that cannot be written is reported', async () => {
  const file = path.join(makeDirectory(), 'file');
  writeFileSync(file, '');
  const error = await catchError(() =>
    installPrivate({ home: path.join(file, 'home'), onProgress: quiet }, debian),
  );
  expect(error.code).toBe('ERR_HTTPD_DETECT_HOME_NOT_WRITABLE');
  expect(error.message).toContain('ENOTDIR');
  expect(error.hint).toContain('EXPRESS_HTTPD_HOME');
});

test('a failing apt is reported with what it printed, also in an earlier step, and leaves nothing behind', async () => {
  const home = makeDirectory();
  const env = aptIs(`for word; do case "$word" in
update) echo "W: no network" >&2; exit 100 ;;
install) echo "Inst libapr1 (1.7.2 Debian:12)" ; exit 0 ;;
download) echo "E: nothing to download" >&2; exit 100 ;;
esac; done`);
  const lines: string[] = [];
  const error = await catchError(() =>
    installPrivate({ home, env, onProgress: (line) => lines.push(line) }, debian),
  );
  expect(error.code).toBe('ERR_HTTPD_DETECT_INSTALL_FAILED');
  expect(error.message).toContain('cannot download packages: apt-get download ended with status 100');
  expect(error.message).toContain('W: no network\nE: nothing to download');
  expect(lines).toContain('going on although apt complained: W: no network');
  expect(lines).toContain('downloading 4 packages');
  expect(readdirSync(home)).toEqual([]);
});

test('an absent apt is reported', async () => {
  const env = { PATH: makeDirectory() };
  const error = await catchError(() =>
    installPrivate({ home: makeDirectory(), env, onProgress: quiet }, debian),
  );
  expect(error.code).toBe('ERR_HTTPD_DETECT_INSTALL_FAILED');
  expect(error.message).toContain('could not be run');
});

test('apt is told to refuse whatever is not authenticated, and to keep to its own directories', async () => {
  const home = makeDirectory();
  const env = aptIs('printf "%s\\n" "$@" >> "$RECORD"; exit 1');
  await catchError(() => installPrivate({ home, env, onProgress: quiet }, debian));
  const record = readFileSync(env['RECORD'] ?? '', 'utf8').split('\n');
  expect(record).toEqual(
    expect.arrayContaining([
      'APT::Get::AllowUnauthenticated=false',
      'Acquire::AllowInsecureRepositories=false',
      'Acquire::AllowDowngradeToInsecureRepositories=false',
      'Acquire::AllowWeakRepositories=false',
      expect.stringMatching(new RegExp(`^Dir::State=${home}/`)),
      expect.stringMatching(new RegExp(`^Dir::Cache=${home}/`)),
    ]),
  );
});
