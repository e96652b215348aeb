// The same small apps under every way to host them, side by side and interleaved; results go to bench/results.
// usage: node bench/run.mjs [--quick] [--rounds N] [--only NAME] [--out FILE]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

import { hosts } from './hosts/index.mjs';
import { atRate, atSaturation, digest, memoryOf, withIdleConnections } from './lib/measure.mjs';
import { close, open } from './lib/place.mjs';
import { printTable } from './lib/table.mjs';
import { scenarios } from './scenarios.mjs';
import { summarize } from './lib/statistics.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', multiple: true },
    out: { type: 'string' },
  },
});
const reference = 'httpd mod_proxy_http, 1 node';
const plan = scenarios(values.quick);
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
const names = Object.keys(hosts).filter((name) => values.only?.some((part) => name.includes(part)) ?? true);
const absent = {};
const results = {};
const starts = {};
const memoryAtRest = {};

for (const app of plan.apps) {
  const places = [];
  try {
    await openAll(app, places);
    for (const scenario of plan.loads.filter((load) => load.apps.includes(app))) {
      await compare(app, scenario, places);
    }
    if (app === 'node' && plan.idleConnections > 0) await idle(places);
  } finally {
    for (const place of places) await close(place);
  }
}
const out =
  values.out ?? path.join(import.meta.dirname, 'results', values.quick ? 'quick.json' : 'latest.json');
mkdirSync(path.dirname(out), { recursive: true });
writeFileSync(
  out,
  `${JSON.stringify({ machine: machine(), rounds, reference, absent, starts, memoryAtRest, results }, null, 1)}\n`,
);
console.log(
  `\nwritten to ${path.relative(process.cwd(), out)}; node bench/report.mjs turns it into docs/performance.md`,
);

/** Every host with this app, started one after the other so that each start is measured alone. */
async function openAll(app, places) {
  for (const name of names.filter((each) => hosts[each].apps.includes(app))) {
    const reason = hosts[name].absent();
    if (reason !== undefined) {
      if (absent[name] === undefined) console.log(`absent: ${name}: ${reason}`);
      absent[name] = reason;
      continue;
    }
    const place = await open(name, app);
    places.push(place);
    (starts[app] ??= {})[name] = place.startMs;
    (memoryAtRest[app] ??= {})[name] = memoryOf(place);
  }
}

/** One load on every host, in turn, in every round beginning with another. */
async function compare(app, scenario, places) {
  const taking = places.filter(({ name }) => hosts[name].only?.includes(scenario.kind) ?? true);
  await requireSameBytes(scenario, taking);
  const samples = new Map(taking.map((place) => [place.name, []]));
  const load = scenario.rate === undefined ? scenario : { ...scenario, rate: scenario.rate(results) };
  const measure = scenario.rate === undefined ? atSaturation : atRate;
  for (const place of taking) await measure(place, { ...load, seconds: 1 }); // warm-up
  for (let round = 0; round < rounds; round += 1) {
    for (let index = 0; index < taking.length; index += 1) {
      const place = taking[(index + round) % taking.length];
      samples.get(place.name).push(await measure(place, load));
    }
  }
  const key = `${app}: ${scenario.title}`;
  results[key] = {
    app,
    ...load,
    hosts: Object.fromEntries(
      taking.map((place) => [place.name, { ...summarize(samples.get(place.name)), memory: memoryOf(place) }]),
    ),
  };
  printTable(key, results[key], reference);
}

async function idle(places) {
  const key = `node: ${plan.idleConnections} idle connections`;
  const samples = {};
  for (const place of places) {
    const {
      open: opened,
      answerMs,
      answered,
      ...during
    } = await withIdleConnections(place, plan.idleConnections);
    samples[place.name] = { atRest: memoryAtRest.node[place.name], during, open: opened, answerMs, answered };
  }
  results[key] = { app: 'node', kind: 'idle', connections: plan.idleConnections, hosts: samples };
  console.log(`\n${key}`);
  for (const [name, sample] of Object.entries(samples)) {
    console.log(
      `${name.padEnd(40)} ${sample.open} open, ${sample.during.pssMiB.toFixed(0)} MiB, one more ${sample.answered ? `answered in ${sample.answerMs.toFixed(0)} ms` : 'not answered'}`,
    );
  }
}

/** A host that answers with other bytes is not compared. */
async function requireSameBytes({ path: target, kind }, places) {
  if (kind === 'upload') return;
  const digests = new Map();
  for (const place of places) digests.set(place.name, await digest(place, target));
  const [expected] = new Set(digests.values());
  for (const [name, found] of digests) {
    if (found !== expected) throw new Error(`${name} answers ${target} with ${found}, not ${expected}`);
  }
}

function machine() {
  const version = (file, ...args) => {
    const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
    return `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n')[0] ?? '';
  };
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release().split('-')[0],
    node: process.version,
    express: JSON.parse(readFileSync(new URL('../packages/cli/package.json', import.meta.url), 'utf8'))
      .version,
    httpd: version('/usr/sbin/apache2', '-v'),
    nginx: version('/usr/sbin/nginx', '-v'),
  };
}
