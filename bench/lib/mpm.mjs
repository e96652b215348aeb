// Whether the httpds that are written by hand have the MPM lines that ours has.
import { mpm } from '../hosts/apache.mjs';
import { readHttpdConf } from '../hosts/express.mjs';

/** The lines of the hand-written ones, and those in which ours differs. */
export function compareMpm(place) {
  const conf = readHttpdConf(place);
  const ours = (name) => new RegExp(`^${name} (.*)$`, 'm').exec(conf)?.[1] ?? 'absent';
  return {
    lines: Object.entries(mpm).map(([name, value]) => `${name} ${value}`),
    ours: Object.entries(mpm)
      .filter(([name, value]) => ours(name) !== String(value))
      .map(([name]) => `${name} ${ours(name)}`),
  };
}
