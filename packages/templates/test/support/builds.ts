import type { HttpdBuild } from '@httpd-express/httpd-detect';

const everyModule = [
  'unique_id',
  'cgid',
  'alias',
  'auth_basic',
  'authn_core',
  'authn_file',
  'authnz_fcgi',
  'authz_core',
  'authz_user',
  'autoindex',
  'authz_host',
  'brotli',
  'deflate',
  'dir',
  'env',
  'filter',
  'headers',
  'http2',
  'log_config',
  'md',
  'mime',
  'proxy',
  'proxy_fcgi',
  'proxy_http',
  'reqtimeout',
  'rewrite',
  'setenvif',
  'socache_shmcb',
  'ssl',
  'status',
  'unixd',
];

const core = ['core', 'so', 'http_core'];

/** Debian 12: MPMs as files, a few basic modules compiled in. */
export const debian: HttpdBuild = {
  path: '/usr/sbin/apache2',
  realPath: '/usr/sbin/apache2',
  version: '2.4.71',
  platform: 'Debian',
  source: 'system',
  mpms: ['event', 'worker', 'prefork'],
  modulesDirectory: '/usr/lib/apache2/modules',
  staticModules: [...core, 'watchdog', 'log_config', 'logio', 'version', 'unixd'],
  sharedModules: [
    ...everyModule.filter((name) => name !== 'log_config' && name !== 'unixd'),
    'mpm_event',
    'mpm_worker',
    'mpm_prefork',
  ],
  mimeTypesPath: '/etc/mime.types',
};

/** openSUSE: one binary per MPM, and everything else as files. */
export const staticMpm: HttpdBuild = {
  ...debian,
  path: '/usr/sbin/httpd-worker',
  realPath: '/usr/sbin/httpd-worker',
  platform: 'Linux/SUSE',
  mpms: ['worker'],
  staticMpm: 'worker',
  modulesDirectory: '/usr/lib64/apache2',
  staticModules: [...core, 'worker'],
  sharedModules: everyModule,
};

/** Built from source with everything compiled in: no LoadModule works, and no list of types comes with it. */
export const allStatic: HttpdBuild = {
  path: '/opt/httpd/bin/httpd',
  realPath: '/opt/httpd/bin/httpd',
  version: '2.4.68',
  platform: 'Unix',
  source: 'named',
  mpms: ['event'],
  staticMpm: 'event',
  staticModules: ['core', 'http_core', 'event', ...everyModule],
  sharedModules: [],
};

/** Installed by us below the user's home, with libraries that need a path. */
export const privateBuild: HttpdBuild = {
  ...debian,
  path: '/home/ada/.local/share/httpd-express/httpd/apt-2.4.71/bin/httpd',
  realPath: '/home/ada/.local/share/httpd-express/httpd/apt-2.4.71/bin/httpd',
  source: 'private',
  modulesDirectory: '/home/ada/.local/share/httpd-express/httpd/apt-2.4.71/modules',
  libraryPath: '/home/ada/.local/share/httpd-express/httpd/apt-2.4.71/lib',
};
