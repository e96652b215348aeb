import { expect, test } from '@jest/globals';

import { requireCompanions } from '../src/companions.ts';
import { serverOptions } from '../src/options.ts';
import { resolveSettings } from '../src/settings.ts';

const resolve = (values: Record<string, readonly string[]>) =>
  resolveSettings(serverOptions, { values, env: {} });

test('an option that says nothing alone is refused with the one it needs', () => {
  expect(() => {
    requireCompanions(resolve({ trustProxyHeader: ['X-Real-IP'] }));
  }).toThrow('--trust-proxy-header: needs --trust-proxy');
});

test('and accepted beside it', () => {
  requireCompanions(resolve({ trustProxyHeader: ['X-Real-IP'], trustProxy: ['127.0.0.1'] }));
});
