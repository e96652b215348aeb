// PM2 in cluster mode, behind nginx.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { start } from '../lib/processes.mjs';
import { nginxMissing, startNginx } from './nginx.mjs';
import { apps, benchDirectory } from './paths.mjs';

const installed = path.join(benchDirectory, '.peers/node_modules/pm2');

export const pm2Cluster = {
  processes: 2,
  absent: () => nginxMissing() ?? (existsSync(installed) ? undefined : 'pm2 is not installed'),
  version: () => `PM2 ${JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')).version}`,
  start: (place) => {
    const inner = place.port + 1;
    const file = path.join(place.directory, 'ecosystem.config.cjs');
    writeFileSync(file, `module.exports = ${JSON.stringify({ apps: [describeApp(place, inner)] })};`);
    run(place, ['start', file]);
    return startNginx(place, [`127.0.0.1:${inner}`]);
  },
  reload: (place) => run(place, ['reload', 'app']),
};

function describeApp({ app, mark }, port) {
  return {
    name: 'app',
    script: path.join(apps, 'serve.mjs'),
    exec_mode: 'cluster',
    instances: 2,
    env: { NODE_ENV: 'production', BENCH_APP: app, BENCH_LISTEN: String(port), BENCH_MARK: mark },
  };
}

function run({ mark, directory }, args) {
  return start(mark, process.execPath, [path.join(installed, 'bin/pm2'), ...args], {
    PM2_HOME: path.join(directory, 'pm2'),
  });
}
