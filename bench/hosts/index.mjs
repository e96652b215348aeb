// The ways to host an app that are compared. Each says why it is absent, or starts itself.
import { modProxyHttp } from './apache.mjs';
import { express, expressFiles } from './express.mjs';
import { httpdFiles } from './files.mjs';
import { modWsgi } from './mod-wsgi.mjs';
import { nginxNode } from './nginx.mjs';
import { passenger } from './passenger.mjs';
import { pm2Cluster } from './pm2.mjs';
import { plainNode } from './serve.mjs';

const everyLoad = ['hello', 'bytes', 'upload'];
const everyApp = ['node', 'fetch', 'express'];

/**
 * Name → what it is. The order is that of the tables. `only`: the kinds of loads it takes, otherwise those of an app;
 * one that does not take all of them has the Node handler alone. `processes`: how many answer, 1 unless said.
 * `reload` returns the command, or nothing where it has no command to wait for; hosts without it cannot.
 */
export const hosts = {
  'express, 1 worker': express(1),
  'express, 2 workers': express(2),
  'express, static file': expressFiles(),
  'express, static file, sendfile': expressFiles(['--enable-sendfile']),
  'httpd mod_proxy_http, 1 node': modProxyHttp,
  'nginx, 1 node': nginxNode,
  'nginx, PM2 cluster of 2': pm2Cluster,
  'Passenger in httpd, 1 node': passenger,
  'mod_wsgi daemon, 1 process × 5 threads': modWsgi,
  'plain node': plainNode,
  'httpd, static file': httpdFiles({ only: ['static'], lines: [] }),
  'httpd, static file, sendfile': httpdFiles({
    only: ['hello', 'bytes', 'static'],
    lines: ['EnableSendfile On', 'EnableMMAP Off'],
  }),
};

/** What the others are compared with. */
export const reference = 'httpd mod_proxy_http, 1 node';

export function hasApp(name, app) {
  const { only } = hosts[name];
  return only === undefined ? everyApp.includes(app) : app === 'node';
}

export function takes(name, kind) {
  return (hosts[name].only ?? everyLoad).includes(kind);
}
