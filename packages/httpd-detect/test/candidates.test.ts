import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from '@jest/globals';

import { findCandidates, findImpostor, listSearchDirectories } from '../src/candidates.ts';
import { makeDirectory, writeProgram } from './fake-httpd.ts';

test('PATH comes first, /usr/sbin is looked at although PATH lacks it, and relative entries are not', () => {
  const directories = listSearchDirectories({ PATH: '/opt/mine:.:bin::/usr/bin' });
  expect(directories.slice(0, 2)).toEqual(['/opt/mine', '/usr/bin']);
  expect(directories).toContain('/usr/sbin');
  expect(directories.filter((directory) => !path.isAbsolute(directory))).toEqual([]);
  expect(new Set(directories).size).toBe(directories.length);
});

test('a file reached by two names is one candidate', () => {
  const directory = makeDirectory();
  const file = writeProgram(path.join(directory, 'httpd-prefork'), 'exit 0');
  symlinkSync('httpd-prefork', path.join(directory, 'httpd'));
  expect(findCandidates([directory, directory])).toEqual([path.join(directory, 'httpd')]);
  expect(file).not.toBe(path.join(directory, 'httpd'));
});

test('directories, files that cannot be executed and dangling links are no candidates', () => {
  const directory = makeDirectory();
  mkdirSync(path.join(directory, 'httpd'));
  writeFileSync(path.join(directory, 'apache2'), '', { mode: 0o644 });
  symlinkSync('nowhere', path.join(directory, 'httpd2'));
  expect(findCandidates([directory, path.join(directory, 'absent')])).toEqual([]);
});

test.each([
  ['/bin/busybox', true],
  ['/bin/busybox-extras', true],
  ['/usr/sbin/apache2', false],
])('%s as the real file is another program: %s', (realPath, expected) => {
  expect(findImpostor(realPath) !== undefined).toBe(expected);
});
