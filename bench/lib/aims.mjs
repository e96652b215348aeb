// What the project aims at, as ratios in one run, and whether a run shows it.
import { summarize, summarizeRatio } from './statistics.mjs';

const us = 'express, 1 worker';
const byHand = 'httpd mod_proxy_http, 1 node';
const hello = { load: 'node/hello-64', of: us };
const files = { of: 'express, static file', to: 'httpd, static file', figure: 'cpuUsPerRequest' };
const sentFiles = { ...files, of: `${files.of}, sendfile`, to: `${files.to}, sendfile` };
const bodies = { of: us, to: byHand, figure: 'megabytesPerSecond', atLeast: 0.9 };

const aims = [
  { aim: 'CPU per hello, to mod_proxy_http', ...hello, to: byHand, figure: 'cpuUsPerRequest', atMost: 1.15 },
  {
    aim: 'main thread per hello, a worker alone to plain node alone',
    ...{ load: 'alone', of: 'worker', to: 'plain node', figure: 'mainUsPerRequest', atMost: 0.75 },
  },
  {
    aim: 'main thread per hello, a worker behind httpd to plain node',
    ...{ ...hello, to: 'plain node', figure: 'mainUsPerRequest', atMost: 0.75 },
  },
  {
    aim: 'hello per CPU second, to Passenger',
    ...{ ...hello, to: 'Passenger in httpd, 1 node', figure: 'requestsPerCpuSecond', atLeast: 2 },
  },
  {
    aim: 'hello per CPU second, to mod_wsgi',
    ...{ ...hello, to: 'mod_wsgi daemon, 1 process × 5 threads', figure: 'requestsPerCpuSecond', atLeast: 2 },
  },
  { aim: 'CPU per file of 1 KiB, to plain httpd', load: 'node/static-1024', ...files, atMost: 1.05 },
  { aim: 'CPU per file of 100 KiB, to plain httpd', load: 'node/static-102400', ...files, atMost: 1.05 },
  { aim: 'the same of 1 KiB, both by sendfile', load: 'node/static-1024', ...sentFiles, atMost: 1.05 },
  { aim: 'the same of 100 KiB, both by sendfile', load: 'node/static-102400', ...sentFiles, atMost: 1.05 },
  {
    aim: 'p99 at half load, to mod_proxy_http',
    ...{ load: 'node/half-load', of: us, to: byHand, figure: 'p99Us', atMost: 1.5 },
  },
  { aim: 'first 200 of an app in TypeScript', start: 'typescript', of: us, atMost: 1000, unit: 'ms' },
  { aim: 'throughput, 100 KiB down, to mod_proxy_http', load: 'node/down-102400', ...bodies },
  { aim: 'throughput, 100 KiB up, to mod_proxy_http', load: 'node/up-102400', ...bodies },
  { aim: 'throughput, 10 MiB down, to mod_proxy_http', load: 'node/down-10485760', ...bodies },
  { aim: 'throughput, 10 MiB up, to mod_proxy_http', load: 'node/up-10485760', ...bodies },
];

/** Each aim with the limit, what was measured (median, smallest and largest round), and whether the median keeps to it. */
export function judgeAims(results) {
  return aims.map((entry) => {
    const { aim, unit = '×', atMost = Infinity, atLeast = -Infinity } = entry;
    const measured = measure(entry, results);
    const isMet = measured && measured.median <= atMost && measured.median >= atLeast;
    return { aim, limit: formatLimit(entry, unit), measured, unit, isMet };
  });
}

function measure({ load, start, of, to, figure }, { loads, starts }) {
  if (start !== undefined) return summarize(starts[start]?.[of]);
  const { [of]: ours, [to]: theirs } = loads[load]?.hosts ?? {};
  return summarizeRatio(ours?.samples[figure], theirs?.samples[figure]);
}

function formatLimit({ atMost, atLeast }, unit) {
  return atMost === undefined ? `≥ ${atLeast} ${unit}` : `≤ ${atMost} ${unit}`;
}
