// The ways to host an app that are compared. Each says why it is absent, or starts itself.
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { start } from '../lib/processes.mjs';
import { bytes, HELLO } from '../apps/routes.mjs';
import { missing, startHttpd } from './apache.mjs';
import { nginxMissing, startNginx } from './nginx.mjs';
import { benchDirectory, startNode } from './serve.mjs';

const repository = path.dirname(benchDirectory);
const pm2 = path.join(benchDirectory, '.peers/node_modules/pm2/bin/pm2');
const everyApp = ['node', 'fetch', 'express'];

const express = (processes) => ({
  apps: everyApp,
  processes,
  absent: () => missing('proxy_fcgi'),
  start: (place) =>
    start(
      place.mark,
      process.execPath,
      [
        path.join(repository, 'packages/cli/bin/express.js'),
        ...['start-server', path.join(benchDirectory, `apps/${place.app}.mjs`)],
        ...[
          '--host',
          '127.0.0.1',
          '--port',
          String(place.port),
          '--server-root',
          path.join(place.directory, 'root'),
        ],
        ...[
          '--limit-request-body',
          '0',
          '--processes',
          String(processes),
          '--working-directory',
          benchDirectory,
        ],
      ],
      { NODE_ENV: 'production' },
    ),
  reload: (place) =>
    start(place.mark, process.execPath, [
      path.join(repository, 'packages/cli/bin/express.js'),
      ...['reload', '--server-root', path.join(place.directory, 'root')],
    ]),
});

/** Name → what it is. The order is that of the tables. */
export const hosts = {
  'express, 1 worker': express(1),
  'express, 2 workers': express(2),
  'httpd mod_proxy_http, 1 node': {
    apps: everyApp,
    absent: () => missing('proxy', 'proxy_http'),
    start: (place) => {
      const socket = path.join(place.directory, 'app.sock');
      startNode(place, socket);
      openWhenThere(socket);
      return startHttpd(
        place,
        ['proxy', 'proxy_http'],
        [`ProxyPass "/" "unix:${socket}|http://localhost/" flushpackets=on`, 'LimitRequestBody 0'],
      );
    },
  },
  'nginx, 1 node': {
    apps: everyApp,
    absent: nginxMissing,
    start: (place) => {
      const socket = path.join(place.directory, 'app.sock');
      startNode(place, socket);
      openWhenThere(socket);
      return startNginx(place, [`unix:${socket}`]);
    },
  },
  'nginx, PM2 cluster of 2': {
    apps: everyApp,
    processes: 2,
    absent: () => nginxMissing() ?? (existsSync(pm2) ? undefined : 'pm2 is not installed'),
    start: (place) => {
      const inner = place.port + 1;
      const file = path.join(place.directory, 'ecosystem.config.cjs');
      writeFileSync(
        file,
        `module.exports = { apps: [{ name: 'app', script: ${JSON.stringify(path.join(benchDirectory, 'apps/serve.mjs'))}, exec_mode: 'cluster', instances: 2, env: { NODE_ENV: 'production', BENCH_APP: '${place.app}', BENCH_LISTEN: '${inner}', BENCH_MARK: '${place.mark}' } }] };`,
      );
      start(place.mark, process.execPath, [pm2, 'start', file], {
        PM2_HOME: path.join(place.directory, 'pm2'),
      });
      return startNginx(place, [`127.0.0.1:${inner}`]);
    },
    reload: (place) =>
      start(place.mark, process.execPath, [pm2, 'reload', 'app'], {
        PM2_HOME: path.join(place.directory, 'pm2'),
      }),
  },
  'Passenger in httpd, 1 node': {
    apps: everyApp,
    absent: () => missing('passenger'),
    start: (place) =>
      startHttpd(
        place,
        ['passenger', 'dir', 'env'],
        [
          'PassengerRoot /usr/lib/ruby/vendor_ruby/phusion_passenger/locations.ini',
          'PassengerDefaultRuby /usr/bin/ruby',
          `PassengerInstanceRegistryDir ${place.directory}`,
          `PassengerNodejs ${process.execPath}`,
          'PassengerMaxPoolSize 1',
          'PassengerMinInstances 1',
          'PassengerLogLevel 1',
          `PassengerPreStart http://127.0.0.1:${place.port}/hello`,
          `DocumentRoot ${emptyDirectory(place)}`,
          'PassengerAppType node',
          `PassengerAppRoot ${benchDirectory}/apps`,
          'PassengerStartupFile passenger.cjs',
          'PassengerAppEnv production',
          `SetEnv BENCH_APP ${place.app}`,
          'LimitRequestBody 0',
          `<Directory ${emptyDirectory(place)}>`,
          'PassengerEnabled on',
          'Require all granted',
          '</Directory>',
        ],
        { BENCH_APP: place.app },
      ),
  },
  'mod_wsgi daemon, 1 process × 5 threads': {
    apps: ['node'],
    only: ['hello'],
    absent: () => missing('wsgi'),
    start: (place) =>
      startHttpd(
        place,
        ['wsgi'],
        [
          'WSGIDaemonProcess app processes=1 threads=5',
          'WSGIProcessGroup app',
          'WSGIApplicationGroup %{GLOBAL}',
          `WSGISocketPrefix ${place.directory}/wsgi`,
          `WSGIScriptAlias / ${benchDirectory}/apps/hello.wsgi`,
          `<Directory ${benchDirectory}/apps>`,
          'Require all granted',
          '</Directory>',
        ],
      ),
  },
  'plain node': {
    apps: everyApp,
    absent: () => undefined,
    start: (place) => startNode(place, place.port),
  },
  'httpd, static file': {
    apps: ['node'],
    only: ['hello', 'bytes'],
    absent: () => missing(),
    start: (place) => {
      const files = path.join(emptyDirectory(place), 'bytes');
      mkdirSync(files, { recursive: true });
      writeFileSync(path.join(files, '../hello'), HELLO);
      for (const size of [0, 1024, 102_400, 10_485_760])
        writeFileSync(path.join(files, String(size)), bytes(size));
      return startHttpd(
        place,
        [],
        [
          `DocumentRoot ${emptyDirectory(place)}`,
          `<Directory ${emptyDirectory(place)}>`,
          'Require all granted',
          '</Directory>',
        ],
      );
    },
  },
};

function emptyDirectory({ directory }) {
  const files = path.join(directory, 'files');
  mkdirSync(files, { recursive: true, mode: 0o755 });
  return files;
}

/** The front server runs under another account than the app; plain Node makes its socket for itself alone. */
function openWhenThere(socket) {
  rmSync(socket, { force: true });
  const timer = setInterval(() => {
    if (!existsSync(socket)) return;
    clearInterval(timer);
    chmodSync(socket, 0o777);
  }, 5);
}
