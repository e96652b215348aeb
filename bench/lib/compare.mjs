// One load on every host, in turn.
import { takes } from '../hosts/index.mjs';
import { digest } from './ask.mjs';
import { atRate, atSaturation, saturateHost } from './measure.mjs';
import { peakMemoryOf } from './memory-samples.mjs';
import { toSamples } from './statistics.mjs';

/** V8 compiles what a load needs for some seconds, and takes as much time for it as for the requests. */
const WARM_UP_SECONDS = 4;
const MEMORY_SECONDS = 1;

/** Settles with the samples of each host that takes it, and the most memory it had meanwhile. */
export async function compare(scenario, places) {
  const taking = places.filter(({ name }) => isTaking(name, scenario));
  await requireSameBytes(scenario, taking);
  const measure = scenario.rate === undefined ? atSaturation : atRate;
  const seconds = scenario.warmUpSeconds ?? WARM_UP_SECONDS;
  for (const place of taking) await measure(place, { ...scenario, seconds });
  const results = await takeTurns(taking, scenario.rounds, (place) => measure(place, scenario));
  const canLook = scenario.looksAtMemory && scenario.rate === undefined;
  const memoryScenario = { ...scenario, seconds: MEMORY_SECONDS };
  const compared = {};
  for (const place of taking) {
    const peak = canLook && (await peakMemoryOf(place, saturateHost(place, memoryScenario)));
    compared[place.name] = { samples: toSamples(results.get(place.name)), ...(peak && { peak }) };
  }
  return compared;
}

/** Every place in every round, each round beginning with another one. Settles with the results by name. */
export async function takeTurns(places, rounds, measure) {
  const results = new Map(places.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let index = 0; index < places.length; index += 1) {
      const place = places[(index + round) % places.length];
      results.get(place.name).push(await measure(place));
    }
  }
  return results;
}

/** Whether a host is asked to take a load. */
export function isTaking(name, { kind, among }) {
  return takes(name, kind) && (among?.includes(name) ?? true);
}

/** A host that answers with other bytes is not compared. */
async function requireSameBytes({ path: target, kind }, places) {
  if (kind === 'upload') return;
  const digests = new Map();
  for (const place of places) digests.set(place.name, await digest(`${place.url}${target}`));
  const [expected] = new Set(digests.values());
  for (const [name, found] of digests) {
    if (found !== expected) throw new Error(`${name} answers ${target} with ${found}, not ${expected}`);
  }
}
