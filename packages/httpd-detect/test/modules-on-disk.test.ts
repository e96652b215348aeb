import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from '@jest/globals';

import type { Mpm } from '../src/httpd-build.ts';
import { findModulesDirectory, readSharedModules, requireModulesDirectory } from '../src/modules-on-disk.ts';
import { catchError, makeDirectory, writeModules } from './fake-httpd.ts';

const layouts: readonly (readonly [
  system: string,
  bin: string,
  modules: string,
  staticMpm: Mpm | undefined,
])[] = [
  ['Debian', 'usr/sbin', 'usr/lib/apache2/modules', undefined],
  ['RHEL', 'usr/sbin', 'usr/lib64/httpd/modules', undefined],
  ['Alpine', 'usr/sbin', 'usr/lib/apache2', undefined],
  ['Arch', 'usr/bin', 'usr/lib/httpd/modules', undefined],
  ['openSUSE with event', 'usr/sbin', 'usr/lib64/apache2-event', 'event'],
  ['openSUSE with prefork', 'usr/sbin', 'usr/lib64/apache2-prefork', 'prefork'],
  ['FreeBSD', 'usr/local/sbin', 'usr/local/libexec/apache24', undefined],
  ['macOS', 'usr/sbin', 'usr/libexec/apache2', undefined],
  [
    'Homebrew',
    'opt/homebrew/Cellar/httpd/2.4.66/bin',
    'opt/homebrew/Cellar/httpd/2.4.66/lib/httpd/modules',
    undefined,
  ],
  ['the docker image', 'usr/local/apache2/bin', 'usr/local/apache2/modules', undefined],
];

test.each(layouts)('the modules of %s are found beside the binary', (_, bin, modules, staticMpm) => {
  const root = makeDirectory();
  const expected = writeModules(path.join(root, modules), ['dir', 'proxy']);
  // The other MPM's directory must not be taken for this one's.
  if (staticMpm !== undefined) writeModules(path.join(root, 'usr/lib64/apache2-worker'), ['dir']);
  expect(findModulesDirectory({ binDirectory: path.join(root, bin), staticMpm })).toBe(expected);
});

test('HTTPD_ROOT counts only for a binary that lives in it', () => {
  const root = makeDirectory();
  const modules = writeModules(path.join(root, 'modules'), ['dir']);
  const inside = path.join(root, 'server/sbin');
  expect(findModulesDirectory({ binDirectory: inside, httpdRoot: root })).toBe(modules);
  expect(findModulesDirectory({ binDirectory: makeDirectory(), httpdRoot: root })).toBeUndefined();
});

test('a directory with nothing but a third-party module is not httpd’s', () => {
  const root = makeDirectory();
  writeModules(path.join(root, 'modules'), ['wsgi']);
  expect(findModulesDirectory({ binDirectory: path.join(root, 'bin') })).toBeUndefined();
});

test('modules are listed by name, sorted, and other files are not', () => {
  const directory = writeModules(makeDirectory(), ['proxy_fcgi', 'dir']);
  writeFileSync(path.join(directory, 'httpd.exp'), '');
  writeFileSync(path.join(directory, 'libphp.so'), '');
  expect(readSharedModules(directory)).toEqual(['dir', 'proxy_fcgi']);
});

describe('a modules directory named by the user', () => {
  test.each([
    ['does not exist', (): string => path.join(makeDirectory(), 'absent'), 'ENOENT'],
    ['has no modules in it', makeDirectory, 'no modules'],
  ])('that %s is an error', async (_, make, found) => {
    const error = await catchError(() => {
      requireModulesDirectory(make());
    });
    expect(error.code).toBe('ERR_HTTPD_DETECT_MODULES_DIRECTORY');
    expect(error.message).toContain(found);
  });
});
