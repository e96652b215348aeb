// How long a start takes: from the command to the first 200, and `express --version` against an empty script.
// usage: node bench/start.mjs [rounds]   medians; nothing else should run meanwhile
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { runInterruptibly } from './lib/interruption.mjs';
import { closeAll, open } from './lib/place.mjs';
import { median, summarize } from './lib/statistics.mjs';

const rounds = Number(process.argv[2] ?? 9);
const express = path.join(import.meta.dirname, '../packages/cli/bin/express.js');

await runInterruptibly(async () => {
  compareVersion();
  const startsMs = [];
  for (let round = 0; round < rounds; round += 1) startsMs.push(await timeFirst200());
  const { median: middle, min, max } = summarize(startsMs);
  console.log(
    `first 200 of hello      ${middle.toFixed(0)} ms  (${min.toFixed(0)} to ${max.toFixed(0)}, ${rounds} rounds)`,
  );
});

function compareVersion() {
  const scratch = mkdtempSync(path.join(tmpdir(), 'express-bench-'));
  try {
    const empty = path.join(scratch, 'empty.mjs');
    writeFileSync(empty, '');
    const pairs = Array.from({ length: rounds }, () => [timeSync([empty]), timeSync([express, '--version'])]);
    console.log(`empty node script       ${median(pairs.map(([ms]) => ms)).toFixed(0)} ms`);
    console.log(`express --version       ${median(pairs.map(([, ms]) => ms)).toFixed(0)} ms`);
    console.log(`ratio, pair by pair     ${median(pairs.map(([a, b]) => b / a)).toFixed(2)}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function timeSync(args) {
  const began = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - began;
}

async function timeFirst200() {
  const place = await open('express, 1 worker', 'typescript');
  await closeAll([place]);
  return place.startMs;
}
