import { expect, test } from '@jest/globals';

import { isAtLeast, parseVersion } from '../src/parse-version.ts';

test.each([
  [
    'a development version',
    'Server version: Apache/2.5.1-dev (Unix)\n',
    { version: '2.5.1', platform: 'Unix' },
  ],
  ['no platform', 'Server version: Apache/2.4.62\n', { version: '2.4.62', platform: '' }],
  [
    'a line before it',
    'warning\nServer version: Apache/2.4.62 (Amazon Linux)\n',
    { version: '2.4.62', platform: 'Amazon Linux' },
  ],
])('a version with %s is read', (_, text, expected) => {
  expect(parseVersion(text)).toEqual(expected);
});

test.each([
  ['nothing', ''],
  ['nginx', 'nginx version: nginx/1.22.1\n'],
  ['a request log that mentions Apache', '"GET / HTTP/1.1" Apache/2.4.62 (Unix)\n'],
  ['ab', 'This is ApacheBench, Version 2.3 <$Revision: 1923142 $>\n'],
])('%s is no version', (_, text) => {
  expect(parseVersion(text)).toBeUndefined();
});

test.each([
  ['2.4.47', true],
  ['2.4.46', false],
  ['2.4.100', true],
  ['2.5.0', true],
  ['3.0.0', true],
  ['2.2.99', false],
])('%s compared with 2.4.47 is at least that: %s', (version, expected) => {
  expect(isAtLeast(version, '2.4.47')).toBe(expected);
});
