import { memoryOf } from './place.mjs';
import { sleep } from './processes.mjs';

const INTERVAL_MS = 150;

/**
 * The largest of several looks at a host's memory while `load` goes on. A look takes time from the host: nothing else of
 * such a run may be counted.
 */
export async function peakMemoryOf(place, load) {
  let isOver = false;
  const end = () => (isOver = true);
  void load.then(end, end);
  const peak = { pssMiB: 0, privateMiB: 0 };
  while (!isOver) {
    await sleep(INTERVAL_MS);
    const { pssMiB, privateMiB } = memoryOf(place);
    if (isOver) break;
    peak.pssMiB = Math.max(peak.pssMiB, pssMiB);
    peak.privateMiB = Math.max(peak.privateMiB, privateMiB);
  }
  await load;
  return peak;
}
