// How long a start takes: from the command to the first 200, and `express --version` against an empty script.
// usage: node bench/start.mjs [rounds]   medians; nothing else should run meanwhile
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const rounds = Number(process.argv[2] ?? 9);
const root = path.dirname(import.meta.dirname);
const express = path.join(root, 'packages/cli/bin/express.js');
const scratch = mkdtempSync(path.join(tmpdir(), 'express-bench-'));
chmodSync(scratch, 0o755);
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const empty = path.join(scratch, 'empty.mjs');
writeFileSync(empty, '');
const versions = [];
const empties = [];
for (let round = 0; round < rounds; round += 1) {
  empties.push(timeSync([empty]));
  versions.push(timeSync([express, '--version']));
}
console.log(`empty node script       ${median(empties).toFixed(0)} ms`);
console.log(`express --version       ${median(versions).toFixed(0)} ms`);
console.log(`ratio, pair by pair     ${median(versions.map((ms, i) => ms / empties[i])).toFixed(2)}`);

const firsts = [];
for (let round = 0; round < rounds; round += 1) firsts.push(await timeFirst200(round));
console.log(
  `first 200 of hello      ${median(firsts).toFixed(0)} ms  (${Math.min(...firsts).toFixed(0)} to ${Math.max(...firsts).toFixed(0)}, ${rounds} rounds)`,
);

function timeSync(args) {
  const began = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - began;
}

async function timeFirst200(round) {
  const port = await findFreePort();
  const args = [
    'start-server',
    path.join(root, 'examples/hello/app.ts'),
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
  ];
  const began = performance.now();
  const command = spawn(
    process.execPath,
    [express, ...args, '--server-root', path.join(scratch, `root-${round}`)],
    { stdio: 'ignore' },
  );
  const exited = new Promise((resolve) => command.once('exit', resolve));
  while ((await statusOf(port)) !== 200) {
    if (command.exitCode !== null) throw new Error(`start-server ended with ${command.exitCode}`);
    await delay(2);
  }
  const took = performance.now() - began;
  command.kill('SIGTERM');
  await exited;
  return took;
}

function statusOf(port) {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', () => resolve(undefined));
  });
}

function findFreePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
