import { lstatSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, expect, test } from '@jest/globals';

import { writeFiles } from '../src/write-files.ts';
import { createTemporaryDirectory } from './support.ts';

let directory: string;

beforeEach(() => {
  directory = createTemporaryDirectory();
});

function read(name: string): string {
  return readFileSync(join(directory, name), 'utf8');
}

test('files replace the old ones with exactly their mode', async () => {
  writeFileSync(join(directory, 'apachectl'), 'old', { mode: 0o600 });
  await writeFiles(directory, [{ path: 'apachectl', text: 'new', mode: 0o755 }]);
  expect(read('apachectl')).toBe('new');
  expect(lstatSync(join(directory, 'apachectl')).mode & 0o7777).toBe(0o755);
  expect(readdirSync(directory)).toEqual(['apachectl']);
});

test('a file to keep is written only when it is absent', async () => {
  writeFileSync(join(directory, 'rewrite.conf'), 'edited');
  await writeFiles(directory, [
    { path: 'rewrite.conf', text: '', mode: 0o600, keep: true },
    { path: 'envvars', text: '# yours', mode: 0o600, keep: true },
  ]);
  expect([read('rewrite.conf'), read('envvars')]).toEqual(['edited', '# yours']);
});

test('the new files are looked at while the old ones are in place', async () => {
  writeFileSync(join(directory, 'httpd.conf'), 'old');
  const seen: string[] = [];
  await writeFiles(directory, [{ path: 'httpd.conf', text: 'new', mode: 0o600 }], (stagedPath) => {
    seen.push(read('httpd.conf'), readFileSync(stagedPath('httpd.conf'), 'utf8'));
    return Promise.resolve();
  });
  expect([...seen, read('httpd.conf')]).toEqual(['old', 'new', 'new']);
});

test('files that are refused leave everything as it was', async () => {
  writeFileSync(join(directory, 'httpd.conf'), 'old');
  const files = [
    { path: 'httpd.conf', text: 'new', mode: 0o600 },
    { path: 'rewrite.conf', text: '', mode: 0o600, keep: true },
  ];
  await expect(writeFiles(directory, files, () => Promise.reject(new Error('refused')))).rejects.toThrow(
    'refused',
  );
  expect(readdirSync(directory)).toEqual(['httpd.conf']);
  expect(read('httpd.conf')).toBe('old');
});

test('a link that waits in place of a new file is not followed', async () => {
  const victim = join(createTemporaryDirectory(), 'victim');
  writeFileSync(victim, 'safe');
  symlinkSync(victim, join(directory, 'httpd.conf.new'));
  symlinkSync(victim, join(directory, 'httpd.conf'));
  await writeFiles(directory, [{ path: 'httpd.conf', text: 'new', mode: 0o600 }]);
  expect([readFileSync(victim, 'utf8'), read('httpd.conf')]).toEqual(['safe', 'new']);
  expect(lstatSync(join(directory, 'httpd.conf')).isFile()).toBe(true);
});

test.each(['../outside', '/etc/passwd', 'a/../../outside'])(
  'the path %s is refused as a bug',
  async (path) => {
    await expect(writeFiles(directory, [{ path, text: '', mode: 0o600 }])).rejects.toThrow('This is a bug');
  },
);
