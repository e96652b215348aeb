// The same small apps under every way to host them, side by side and interleaved; results go to bench/results.
// usage: node bench/run.mjs [--quick] [--rounds N] [--only HOST]... [--load ID]... [--out FILE] [--again]
// --again keeps what FILE has of other loads. Parts of names are enough: --only nginx --load hello-64. ids: scenarios.mjs, and reload, idle, alone, typescript.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { hosts, reference } from './hosts/index.mjs';
import { formatResults } from './lib/format-results.mjs';
import { createResults, runGroup } from './lib/group.mjs';
import { interrupted, runInterruptibly } from './lib/interruption.mjs';
import { describeMachine } from './lib/machine.mjs';
import { narrowPlan } from './lib/narrow-plan.mjs';
import { closeAll, open } from './lib/place.mjs';
import { say } from './lib/progress.mjs';
import { readCount, readOptions } from './lib/read-options.mjs';
import { printTable } from './lib/table.mjs';
import { compareAlone } from './lib/worker-alone.mjs';
import { planOf } from './scenarios.mjs';

const values = readOptions({
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  only: { type: 'string', multiple: true, default: [''] },
  load: { type: 'string', multiple: true, default: [''] },
  out: { type: 'string' },
  again: { type: 'boolean', default: false },
});
const rounds = values.rounds === undefined ? undefined : readCount('rounds', values.rounds);
const out =
  values.out ?? path.join(import.meta.dirname, 'results', values.quick ? 'quick.json' : 'latest.json');

await runInterruptibly(async () => {
  const before = values.again ? JSON.parse(readFileSync(out, 'utf8')) : createResults();
  const results = { ...before, machine: describeMachine(), reference };
  try {
    await measureAll(results);
  } catch (error) {
    if (!interrupted.aborted) write({ incomplete: error.message, ...results });
    throw error;
  }
  write(results);
  say(`written to ${path.relative(process.cwd(), out)}; bench/report.mjs makes docs/performance.md of it`);
});

async function measureAll(results) {
  const plan = narrowPlan(planOf(values.quick), { parts: values.load, rounds });
  const names = Object.keys(hosts).filter((name) => values.only.some((part) => name.includes(part)));
  for (const group of plan.groups) await runGroup(group, names, results);
  if (plan.alone.rounds > 0) await runAlone(plan.alone, results);
  if (plan.typescriptStarts > 0) await runTypescriptStarts(plan.typescriptStarts, results);
}

function write(results) {
  mkdirSync(path.dirname(out), { recursive: true });
  writeFileSync(out, formatResults(results));
}

async function runAlone(options, { loads }) {
  say(`a worker alone, ${options.rounds} rounds`);
  loads.alone = await compareAlone(options);
  printTable(loads.alone, 'plain node');
}

/** An app that has to be compiled, from the command to the first 200. */
async function runTypescriptStarts(rounds, { starts }) {
  const name = 'express, 1 worker';
  if (hosts[name].absent() !== undefined) return;
  const startsMs = [];
  for (let round = 0; round < rounds; round += 1) {
    const place = await open(name, 'typescript');
    startsMs.push(Math.round(place.startMs));
    await closeAll([place]);
  }
  starts.typescript = { [name]: startsMs };
  say(`starts with an app in TypeScript: ${startsMs.join(', ')} ms`);
}
