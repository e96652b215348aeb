// A group of loads, on hosts that have just been started.
import { hasApp, hosts, reference, takes } from '../hosts/index.mjs';
import { compare, isTaking, takeTurns } from './compare.mjs';
import { affordableConnections, withIdleConnections } from './idle.mjs';
import { compareMpm } from './mpm.mjs';
import { closeAll, memoryOf, open } from './place.mjs';
import { sleep } from './processes.mjs';
import { say } from './progress.mjs';
import { timeReload } from './reload.mjs';
import { median, toSamples } from './statistics.mjs';
import { printTable } from './table.mjs';

const REST_MS = 300;

/** An empty result. Figures are lists, one entry per start or round; `report.mjs` makes medians of them. */
export function createResults() {
  return {
    absent: {},
    versions: {},
    mpm: undefined,
    starts: {},
    memoryAtRest: {},
    loads: {},
    reloads: {},
    idle: undefined,
  };
}

/** Adds to `results` what is measured of the hosts of these names. */
export async function runGroup(group, names, results) {
  const wanted = names.filter((name) => hasApp(name, group.app) && isNeeded(name, group));
  const places = [];
  try {
    say(`${group.app}: starting ${wanted.length} hosts`);
    for (const name of wanted.filter((each) => isPresent(each, results))) {
      places.push(await open(name, group.app));
      await sleep(REST_MS);
      await addStart(places.at(-1), results);
    }
    for (const load of group.loads) await runLoad(group.app, load, places, results);
    if (group.reloads > 0) await runReloads(group.reloads, places, results);
    if (group.idleConnections > 0) await runIdle(group.idleConnections, places, results);
  } finally {
    await closeAll(places);
  }
}

function isNeeded(name, { loads, reloads, idleConnections }) {
  if (loads.some((load) => isTaking(name, load))) return true;
  return (reloads > 0 && hosts[name].reload !== undefined) || (idleConnections > 0 && takes(name, 'hello'));
}

function isPresent(name, { absent }) {
  if (absent[name] !== undefined) return false;
  const reason = hosts[name].absent();
  if (reason === undefined) return true;
  absent[name] = reason;
  console.log(`absent: ${name}: ${reason}`);
  return false;
}

/** Of a host that has come to rest after its start. */
async function addStart(place, results) {
  const { starts, memoryAtRest, versions } = results;
  const { name, app } = place;
  ((starts[app] ??= {})[name] ??= []).push(Math.round(place.startMs));
  ((memoryAtRest[app] ??= {})[name] ??= []).push(roundMemory(memoryOf(place)));
  versions[name] ??= await hosts[name].version?.(place);
  if (name === 'express, 1 worker') results.mpm ??= compareMpm(place);
}

async function runLoad(app, { rateShare, ...load }, places, results) {
  say(`${app}: ${load.title}, ${load.rounds} rounds`);
  const rate = rateShare && shareOf(rateShare, results);
  if (rateShare && rate === undefined) {
    console.log(`left out: ${rateShare.host} sets the rate, and was not measured`);
    return;
  }
  const scenario = { ...load, ...(rate && { rate }) };
  const compared = await compare(scenario, places);
  const key = `${app}/${load.id}`;
  results.loads[key] = { app, ...scenario, hosts: compared };
  printTable(results.loads[key], load.reference ?? reference);
}

function shareOf({ of, host, share }, { loads }) {
  const samples = loads[of]?.hosts[host]?.samples.requestsPerSecond;
  return samples && Math.round(median(samples) * share);
}

async function runReloads(rounds, places, results) {
  const able = places.filter(({ name }) => hosts[name].reload);
  say(`reload of ${able.length} hosts, ${rounds} rounds`);
  const measured = await takeTurns(able, rounds, timeReload);
  for (const [name, list] of measured) {
    results.reloads[name] = toSamples(list);
    const [{ reloadMs, failures, requests }] = list;
    console.log(
      `${name.padEnd(40)} ${reloadMs.toFixed(0)} ms, ${failures} of ${requests} failed, the first time`,
    );
  }
}

async function runIdle(wanted, places, results) {
  const count = affordableConnections(wanted);
  say(`${count} idle connections`);
  results.idle = { connections: count, hosts: {} };
  for (const place of places.filter(({ name }) => takes(name, 'hello'))) {
    const sample = await withIdleConnections(place, count);
    results.idle.hosts[place.name] = {
      ...sample,
      atRest: roundMemory(sample.atRest),
      during: roundMemory(sample.during),
    };
    console.log(
      `${place.name.padEnd(40)} ${sample.open} open of ${sample.answered} answered in ${sample.openingMs.toFixed(0)} ms`,
    );
  }
}

function roundMemory(memory) {
  return Object.fromEntries(Object.entries(memory).map(([name, mib]) => [name, Number(mib.toFixed(1))]));
}
