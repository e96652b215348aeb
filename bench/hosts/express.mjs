// Us, with the options a stranger would give, and a queue of 1000, as Passenger and mod_wsgi get it: the default of all three is 100,
// and what goes beyond is refused.
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { start } from '../lib/processes.mjs';
import { missing } from './apache.mjs';
import { writeStaticFiles } from './files.mjs';
import { apps, benchDirectory, repository } from './paths.mjs';

const command = path.join(repository, 'packages/cli/bin/express.js');
const rootOf = ({ directory }) => path.join(directory, 'root');
const entries = { typescript: path.join(repository, 'examples/hello/app.ts') };

/** So many workers with the app. */
export const express = (processes) => ({
  processes,
  absent: () => missing('proxy_fcgi'),
  start: (place) => startServer(place, ['--processes', String(processes)]),
  reload: (place) => run(place, ['reload', '--server-root', rootOf(place)]),
});

/** One worker, and files in front of it; `options` beside. */
export const expressFiles = (options = []) => ({
  only: ['static'],
  absent: () => missing('proxy_fcgi'),
  start: (place) => startServer(place, ['--document-root', writeStaticFiles(place), ...options]),
});

/** The configuration that httpd runs with. */
export function readHttpdConf(place) {
  return readFileSync(path.join(rootOf(place), 'httpd.conf'), 'utf8');
}

function startServer(place, options) {
  return run(place, [
    ...['start-server', entries[place.app] ?? path.join(apps, `${place.app}.mjs`)],
    ...['--host', '127.0.0.1', '--port', String(place.port), '--server-root', rootOf(place)],
    ...['--working-directory', benchDirectory, '--limit-request-body', '0', '--daemon-backlog', '1000'],
    ...options,
  ]);
}

function run({ mark }, args) {
  return start(mark, process.execPath, [command, ...args], { NODE_ENV: 'production' });
}
