/** Everything that was found out on an imaginary machine. */
import { type HttpdBuild } from '@httpd-express/httpd-detect';

import { serverOptions } from '../../src/options.ts';
import { type ServerFacts } from '../../src/server-facts.ts';
import { type RawValues, resolveSettings } from '../../src/settings.ts';

const build: HttpdBuild = {
  path: '/usr/sbin/apache2',
  realPath: '/usr/sbin/apache2',
  version: '2.4.71',
  platform: 'Debian',
  source: 'system',
  mpms: ['event'],
  staticModules: [],
  sharedModules: [],
};

/** What follows from options, and from `others` in place of what is found. */
export function facts(values: RawValues = {}, others: Partial<ServerFacts> = {}): ServerFacts {
  return {
    settings: resolveSettings(serverOptions, { values, env: {} }).settings,
    found: { app: { kind: 'script', entry: '/app.ts', mountPoint: '/' } },
    urlAliases: [],
    services: [],
    workingDirectory: '/work',
    imports: [],
    build,
    root: {
      path: '/root',
      socketPath: '/root/b.sock',
      upgradeSocketPath: '/root/u.sock',
      accessSocketPath: '/root/x.sock',
      workerSocketDirectory: '/root/s',
      documentRoot: '/root/htdocs',
    },
    locale: 'C.UTF-8',
    env: {},
    isOpenable: () => true,
    generator: { name: 'httpd-express', version: '0', command: 'express' },
    program: { nodePath: '/node', cliPath: '/cli' },
    ...others,
  };
}
