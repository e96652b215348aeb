// What the figures were measured on and with.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import path from 'node:path';

import { benchDirectory, repository } from '../hosts/paths.mjs';

/** The machine, and the versions of what is not asked of a running host. */
export function describeMachine() {
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: cpus().length,
    model: cpus()[0]?.model,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release().split('-')[0],
    hasAutogroups: hasAutogroups(),
    software: [
      `httpd-express ${packageVersion(path.join(repository, 'packages/cli'))}`,
      `Node ${process.version}`,
      firstLine('/usr/sbin/apache2', '-v').replace('Server version: ', ''),
      firstLine('/usr/sbin/nginx', '-v').replace('nginx version: ', ''),
      `Express ${packageVersion(path.join(benchDirectory, 'node_modules/express'))}`,
      `srvx ${packageVersion(path.join(benchDirectory, 'node_modules/srvx'))}`,
      firstLine('wrk', '-v').replace(/ \[.*/, ''),
    ],
  };
}

/** Linux gives each session a share of the processors of its own, unless it is told not to, or control groups do that. */
function hasAutogroups() {
  const file = '/proc/sys/kernel/sched_autogroup_enabled';
  return existsSync(file) && readFileSync(file, 'utf8').trim() === '1';
}

function packageVersion(directory) {
  return JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8')).version;
}

/** nginx and wrk print theirs as an error. */
function firstLine(file, ...args) {
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  return `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n')[0];
}
