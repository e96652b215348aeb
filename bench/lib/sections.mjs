// The sections of docs/performance.md beside the loads: each takes results and returns lines of Markdown.
import { hosts } from '../hosts/index.mjs';
import { markdownTable } from './markdown.mjs';
import { summarize } from './statistics.mjs';
import { formatSpread } from './table.mjs';

export function startSection({ starts, memoryAtRest }) {
  const rows = startedHosts(starts).map((name) => [
    name,
    formatSpread(summarize(starts.node[name]), 0),
    String(starts.node[name].length),
    ...['pssMiB', 'privateMiB'].map((key) => median(memoryAtRest.node[name].map((each) => each[key]))),
  ]);
  const typescript = Object.entries(starts.typescript ?? {}).flatMap(([name, startsMs]) => [
    '',
    `An app in TypeScript (\`examples/hello/app.ts\`) under ${name}: ${formatSpread(summarize(startsMs), 0)} ms, median of ${startsMs.length}.`,
  ]);
  return [
    '## Start, and memory at rest',
    '',
    'From the command to the first 200 of the app in JavaScript, each host in turn. Memory soon after that, of every process.',
    '',
    ...markdownTable([['', 'start ms', 'starts', 'PSS MiB', 'private MiB'], ...rows]),
    ...typescript,
  ];
}

/** In the order of every table. */
function startedHosts({ node = {} }) {
  return Object.keys(hosts).filter((name) => name in node);
}

function median(values) {
  return summarize(values).median.toFixed(0);
}
