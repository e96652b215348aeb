import { expect, test } from '@jest/globals';

import { parseSettings } from '../src/parse-settings.ts';

test('values are read with and without quotes, also with spaces in them, and flags are left out', () => {
  const text =
    ' -D APR_HAS_MMAP\n -D DYNAMIC_MODULE_LIMIT=256\n -D HTTPD_ROOT="/opt/my httpd"\n-D EMPTY=""\n';
  expect([...parseSettings(text)]).toEqual([
    ['DYNAMIC_MODULE_LIMIT', '256'],
    ['HTTPD_ROOT', '/opt/my httpd'],
    ['EMPTY', ''],
  ]);
});
