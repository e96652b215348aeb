import { describe, expect, test } from '@jest/globals';

import { authType, realm } from '../src/options/access-values.ts';

describe('a realm', () => {
  test.each(["Anna's place at 5%", 'a', 'localhost:8000', '[::1]:80 <x>', '$ 5$', 'x'.repeat(255)])(
    'may be %s',
    (text) => {
      expect(realm(text)).toBe(text);
    },
  );

  test.each(['', 'a"b', 'a\\', 'Zürich', 'a\nb', '%{HTTP_HOST}', 'cost $1', 'x'.repeat(256)])(
    'may not be %j',
    (text) => {
      expect(() => realm(text)).toThrow(RangeError);
    },
  );
});

test('the only type of authentication is Basic, and Digest is told why', () => {
  expect(authType('Basic')).toBe('Basic');
  expect(() => authType('Digest')).toThrow(/^Basic: Digest wants passwords kept as MD5/);
  expect(() => authType('basic')).toThrow(/^Basic$/);
});
