import { type SupervisorSettings } from '@httpd-express/supervisor';
import { expect, test } from '@jest/globals';

import { requireSameProcesses } from '../src/refresh-server.ts';

const running = {
  serverRoot: '/root',
  banner: 'printed',
  listen: { port: 80 },
  bridge: { processes: 1, env: { A: 'b' } },
} as unknown as SupervisorSettings;

test('what httpd alone is told may change while processes run', () => {
  expect(() => {
    requireSameProcesses('/c.json', running, { ...running, banner: 'another' });
  }).not.toThrow();
});

test('what processes were started with needs a restart', () => {
  const bridge = { ...running.bridge, processes: 2 } as NonNullable<SupervisorSettings['bridge']>;
  expect(() => {
    requireSameProcesses('/c.json', running, { ...running, listen: { port: 81 }, httpsPort: 443, bridge });
  }).toThrow(
    expect.objectContaining({
      code: 'ERR_CLI_RESTART_NEEDED',
      message: 'cannot apply /c.json to what runs: a restart is needed for listen, httpsPort, processes',
    }),
  );
});
