import { expect, test } from '@jest/globals';

import { parseOsRelease, readOsRelease } from '../src/os-release.ts';

test('quotes, escapes, comments and unknown variables are understood', () => {
  const text =
    '# comment\nID=rocky\nID_LIKE="rhel centos  fedora"\nVERSION_ID=\'9.4\'\nPRETTY_NAME="Rocky \\"Blue\\" 9"\nX=1\n';
  expect(parseOsRelease(text)).toEqual({
    id: 'rocky',
    idLike: ['rhel', 'centos', 'fedora'],
    versionId: '9.4',
    name: 'Rocky "Blue" 9',
  });
});

test('an empty file is some Linux', () => {
  expect(parseOsRelease('')).toEqual({ id: 'linux', idLike: [], versionId: '', name: 'linux' });
});

test('this machine has a name', () => {
  expect(readOsRelease().id).toMatch(/^[a-z]/);
});
