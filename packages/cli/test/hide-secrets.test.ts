import { describe, expect, test } from '@jest/globals';

import { hideSecrets } from '../src/hide-secrets.ts';
import { serverOptions } from '../src/options.ts';

describe('what ps shows', () => {
  test.each([
    [['--env', 'TOKEN', 'hunter2', 'app.ts'], '--env TOKEN *** app.ts'],
    [['--env=TOKEN', 'hunter2', 'app.ts'], '--env=TOKEN *** app.ts'],
    [['--setenv', 'A', '1', '--env', 'B', '2'], '--setenv A *** --env B ***'],
    [['--env-file', 'a', 'b', '--port', '80'], '--env-file a b --port 80'],
    [['--env', 'TOKEN'], '--env TOKEN'],
  ])('of %j is %s', (argv, shown) => {
    expect(hideSecrets(argv, serverOptions).join(' ')).toBe(shown);
  });
});
