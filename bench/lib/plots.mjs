// Which plots there are, and what of a run is in them.
import { formatSize } from '../scenarios.mjs';
import { summarize } from './statistics.mjs';
import { bars, lines } from './svg.mjs';

const perConnections = { x: 'connections', kind: 'hello', xTitle: 'connections, all busy' };
const perSize = { x: 'size', xTitle: 'size of the body', formatX: formatSize };

const plots = [
  { file: 'cpu', title: 'CPU time per request: hello, 64 connections', bars: 'cpuUsPerRequest', unit: 'µs' },
  {
    file: 'throughput',
    title: 'Requests per second: hello, 64 connections',
    bars: 'requestsPerSecond',
    unit: '',
    isDescending: true,
  },
  {
    file: 'concurrency',
    title: 'Requests per second by connections: hello',
    ...{ ...perConnections, y: 'requestsPerSecond', yTitle: 'requests per second' },
  },
  {
    file: 'latency',
    title: '99th percentile by connections: hello at saturation',
    ...{ ...perConnections, y: 'p99Us', factor: 1e-3, yTitle: 'milliseconds' },
  },
  {
    file: 'memory',
    title: 'Memory under load by connections: hello',
    ...{ ...perConnections, y: 'pssMiB', isPeak: true, yTitle: 'MiB (PSS)' },
  },
  {
    file: 'download',
    title: 'Throughput by size: down',
    ...{ ...perSize, kind: 'bytes', y: 'megabytesPerSecond', yTitle: 'MB per second' },
  },
  {
    file: 'upload',
    title: 'Throughput by size: up',
    ...{ ...perSize, kind: 'upload', y: 'megabytesPerSecond', yTitle: 'MB per second' },
  },
];

/** SVG of each plot that the run has figures for, by file name. */
export function renderPlots({ loads }) {
  return plots.flatMap((plot) => {
    const svg = plot.bars === undefined ? renderLines(plot, loads) : renderBars(plot, loads);
    return svg === undefined ? [] : [{ file: `${plot.file}.svg`, title: plot.title, svg }];
  });
}

function renderBars({ title, unit, bars: key, isDescending }, loads) {
  const { hosts } = loads['node/hello-64'] ?? {};
  if (hosts === undefined) return undefined;
  const rows = Object.entries(hosts).map(([name, { samples }]) => [name, summarize(samples[key]).median]);
  rows.sort((a, b) => (isDescending ? b[1] - a[1] : a[1] - b[1]));
  return bars({ title, unit, rows });
}

/** A curve needs two points. */
function renderLines({ kind, x, y, factor = 1, isPeak, ...axes }, loads) {
  const series = {};
  for (const load of Object.values(loads)) {
    if (load.app !== 'node' || load.kind !== kind || load.rate !== undefined || !(load[x] > 0)) continue;
    for (const [name, { samples, peak }] of Object.entries(load.hosts)) {
      const value = isPeak ? peak?.[y] : summarize(samples[y])?.median;
      if (value > 0) (series[name] ??= []).push([load[x], value * factor]);
    }
  }
  for (const points of Object.values(series)) points.sort((a, b) => a[0] - b[0]);
  if (!Object.values(series).some((points) => points.length > 1)) return undefined;
  return lines({ ...axes, series });
}
