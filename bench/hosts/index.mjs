// The ways to host an app that are compared. Each says why it is absent, or starts itself.
import { modProxyHttp } from './apache.mjs';
import { express } from './express.mjs';
import { httpdFiles } from './files.mjs';
import { modWsgi } from './mod-wsgi.mjs';
import { nginxNode } from './nginx.mjs';
import { passenger } from './passenger.mjs';
import { pm2Cluster } from './pm2.mjs';
import { plainNode } from './serve.mjs';

const everyApp = ['node', 'fetch', 'express'];

/**
 * Name → what it is. The order is that of the tables. `only`: the kinds of loads it takes where these are not all.
 * `processes`: how many answer, 1 unless said.
 */
export const hosts = {
  'express, 1 worker': { apps: everyApp, ...express(1) },
  'express, 2 workers': { apps: everyApp, ...express(2) },
  'httpd mod_proxy_http, 1 node': { apps: everyApp, ...modProxyHttp },
  'nginx, 1 node': { apps: everyApp, ...nginxNode },
  'nginx, PM2 cluster of 2': { apps: everyApp, ...pm2Cluster },
  'Passenger in httpd, 1 node': { apps: everyApp, ...passenger },
  'mod_wsgi daemon, 1 process × 5 threads': { apps: ['node'], ...modWsgi },
  'plain node': { apps: everyApp, ...plainNode },
  'httpd, static file': { apps: ['node'], ...httpdFiles },
};
