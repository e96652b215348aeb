import { expect, test } from '@jest/globals';

import { proxiedPath } from '../src/options/proxy-values.ts';

test.each(['/api', '/a b', '/x]y'])('the path %s can be proxied', (path) => {
  expect(proxiedPath(path)).toBe(path);
});

test.each(['/a*', '/[ab]', '/a?'])('the path %s is a pattern to httpd, and refused', (path) => {
  expect(() => proxiedPath(path)).toThrow(RangeError);
});
