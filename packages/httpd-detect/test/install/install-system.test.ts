import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from '@jest/globals';

import { installSystem } from '../../src/install/install-system.ts';
import { parseOsRelease } from '../../src/os-release.ts';
import { catchError, makeDirectory, writeFakeHttpd, writeModules, writeProgram } from '../fake-httpd.ts';

const debian = parseOsRelease('ID=debian\n');
const quiet = (): void => undefined;

/** A machine whose commands record how they were called; `httpd` is what the package manager would bring. */
function makeMachine(commands: Readonly<Record<string, string>>): {
  env: NodeJS.ProcessEnv;
  calls: () => string[];
} {
  const directory = makeDirectory();
  const record = path.join(directory, 'record');
  for (const [name, body] of Object.entries(commands)) {
    writeProgram(path.join(directory, 'bin', name), `echo "${name} $*" >> '${record}'\n${body}`);
  }
  writeFakeHttpd(path.join(directory, 'bin/httpd'), 'docker');
  writeModules(path.join(directory, 'modules'), ['mpm_event', 'dir']);
  const calls = (): string[] => (existsSync(record) ? readFileSync(record, 'utf8').trim().split('\n') : []);
  return { env: { PATH: `${directory}/bin:/usr/bin:/bin`, EXPRESS_HTTPD_HOME: '/nowhere' }, calls };
}

test('root runs the package manager and gets the build it brought', async () => {
  const { env, calls } = makeMachine({ 'apt-get': 'exit 0' });
  const lines: string[] = [];
  const build = await installSystem(
    { env, onProgress: (line) => lines.push(line) },
    { osRelease: debian, uid: 0 },
  );
  expect(build).toMatchObject({ source: 'system', version: '2.4.52' });
  expect(calls()).toEqual([
    'apt-get update',
    'apt-get install -y --no-install-recommends apache2-bin media-types',
  ]);
  expect(lines[0]).toBe('running apt-get update');
});

test('another user runs it through a sudo that asks nothing', async () => {
  const { env, calls } = makeMachine({ sudo: 'shift; exec "$@"', 'apt-get': 'exit 0' });
  await installSystem({ env, onProgress: quiet }, { osRelease: debian, uid: 1000 });
  expect(calls()).toContain('sudo -n apt-get update');
  expect(calls()).toContain('apt-get update');
});

test('a user without sudo is told the command, and nothing is run', async () => {
  const { env, calls } = makeMachine({ sudo: 'exit 1', 'apt-get': 'exit 0' });
  const error = await catchError(() =>
    installSystem({ env, onProgress: quiet }, { osRelease: debian, uid: 1000 }),
  );
  expect(error.code).toBe('ERR_HTTPD_DETECT_NOT_PRIVILEGED');
  expect(error.hint).toBe('run: sudo apt-get install -y --no-install-recommends apache2-bin media-types');
  expect(calls()).toEqual(['sudo -n true']);
});

test('root is told that brew is not for root', async () => {
  const { env, calls } = makeMachine({ brew: 'exit 0' });
  const osRelease = parseOsRelease('ID=macos\n');
  const error = await catchError(() => installSystem({ env, onProgress: quiet }, { osRelease, uid: 0 }));
  expect(error.code).toBe('ERR_HTTPD_DETECT_NOT_PRIVILEGED');
  expect(error.hint).toBe('run: brew install httpd');
  expect(calls()).toEqual([]);
});

test('a failing package manager is reported with the tail of its output', async () => {
  const { env } = makeMachine({ 'apt-get': 'seq 1 40; echo "E: dpkg was interrupted" >&2; exit 100' });
  const error = await catchError(() =>
    installSystem({ env, onProgress: quiet }, { osRelease: debian, uid: 0 }),
  );
  expect(error.code).toBe('ERR_HTTPD_DETECT_INSTALL_FAILED');
  expect(error.message).toMatch(/\n40\nE: dpkg was interrupted$/);
  expect(error.message).not.toContain('\n1\n');
});

test('a system whose package manager is not known is told to bring an httpd', async () => {
  const osRelease = parseOsRelease('ID=plan9\n');
  const error = await catchError(() => installSystem({ env: {}, onProgress: quiet }, { osRelease, uid: 0 }));
  expect(error.code).toBe('ERR_HTTPD_DETECT_NO_INSTALLER');
});
