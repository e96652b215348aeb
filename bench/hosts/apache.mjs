// An httpd written by hand, as careful people write it: event MPM, as many threads as ours, nothing that is not needed.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { start } from '../lib/processes.mjs';
import { startNodeBehind } from './serve.mjs';

const httpd = '/usr/sbin/apache2';
const modules = '/usr/lib/apache2/modules';

/** The threads that `express` writes for 400 clients: only the way to the app is to differ. */
export const mpm = {
  ServerLimit: 20,
  ThreadLimit: 100,
  StartServers: 3,
  MinSpareThreads: 300,
  MaxSpareThreads: 400,
  ThreadsPerChild: 100,
  MaxRequestWorkers: 400,
  ThreadStackSize: 262144,
};

/** Why this httpd cannot do it; undefined when it can. */
export function missing(...names) {
  if (!existsSync(httpd)) return `${httpd} is not installed`;
  const absent = names.find((name) => !existsSync(`${modules}/mod_${name}.so`));
  return absent && `mod_${absent} is not installed`;
}

/** Starts httpd with these modules and lines beside the common ones. */
export function startHttpd({ mark, directory, port }, names, lines, env = {}) {
  const root = path.join(directory, 'httpd');
  mkdirSync(root, { recursive: true, mode: 0o755 });
  const load = ['mpm_event', 'authz_core', 'mime', ...names].map(
    (name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`,
  );
  const conf = path.join(root, 'httpd.conf');
  writeFileSync(
    conf,
    [
      ...load,
      `ServerRoot ${root}`,
      'PidFile httpd.pid',
      `DefaultRuntimeDir ${root}`,
      'ServerName localhost',
      `Listen 127.0.0.1:${port}`,
      ...(process.getuid() === 0 ? ['User www-data', 'Group www-data'] : []),
      'ErrorLog error_log',
      'LogLevel warn',
      'TypesConfig /etc/mime.types',
      'ServerTokens Prod',
      'KeepAlive On',
      'MaxKeepAliveRequests 0',
      'KeepAliveTimeout 2',
      'Timeout 60',
      ...Object.entries(mpm).map(([name, value]) => `${name} ${value}`),
      ...lines,
      '',
    ].join('\n'),
  );
  return start(mark, httpd, ['-f', conf, '-DFOREGROUND'], env);
}

/** httpd in front of one Node process. */
export const modProxyHttp = {
  absent: () => missing('proxy', 'proxy_http'),
  start: (place) =>
    startHttpd(
      place,
      ['proxy', 'proxy_http'],
      [
        `ProxyPass "/" "unix:${startNodeBehind(place)}|http://localhost/" flushpackets=on`,
        'LimitRequestBody 0',
      ],
    ),
};
