// nginx written by hand: connections to the app are kept alive, access log off.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { start } from '../lib/processes.mjs';
import { startNodeBehind } from './serve.mjs';

const nginx = '/usr/sbin/nginx';

export function nginxMissing() {
  return existsSync(nginx) ? undefined : `${nginx} is not installed`;
}

/** Starts nginx in front of upstream servers, as `server` lines name them. */
export function startNginx({ mark, directory, port }, servers) {
  const root = path.join(directory, 'nginx');
  mkdirSync(root, { recursive: true, mode: 0o755 });
  chmodSync(directory, 0o755);
  const conf = path.join(root, 'nginx.conf');
  writeFileSync(
    conf,
    `daemon off;
worker_processes auto;
pid ${root}/nginx.pid;
error_log ${root}/error.log warn;
${process.getuid() === 0 ? 'user www-data;' : ''}
events { worker_connections 8192; }
http {
  access_log off;
  client_max_body_size 0;
  client_body_temp_path ${root}/body;
  proxy_temp_path ${root}/proxy;
  fastcgi_temp_path ${root}/fastcgi;
  uwsgi_temp_path ${root}/uwsgi;
  scgi_temp_path ${root}/scgi;
  keepalive_requests 1000000000;
  upstream app {
${servers.map((server) => `    server ${server};`).join('\n')}
    keepalive 64;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=511;
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`,
  );
  return start(mark, nginx, ['-c', conf, '-p', root]);
}

/** nginx in front of one Node process. */
export const nginxNode = {
  absent: nginxMissing,
  start: (place) => startNginx(place, [`unix:${startNodeBehind(place)}`]),
};
