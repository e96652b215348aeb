// Results as rows of text. Ratios are to the reference, round by round.
import { summarize, summarizeRatio } from './statistics.mjs';

/** A spread below that is not worth the place. */
const WORTH_SAYING_PERCENT = 10;

const columns = [
  { title: 'req/s', key: 'requestsPerSecond', digits: 0, hasRatio: true },
  { title: 'MB/s', key: 'megabytesPerSecond', digits: 0, isOfBodies: true },
  { title: 'CPU µs/req', key: 'cpuUsPerRequest', digits: 1, hasRatio: true },
  { title: 'main µs/req', key: 'mainUsPerRequest', digits: 1 },
  { title: 'loop µs/req', key: 'loopUsPerRequest', digits: 1 },
  { title: 'p50 ms', key: 'p50Us', digits: 2, scale: 1000 },
  { title: 'p99 ms', key: 'p99Us', digits: 2, scale: 1000, hasRatio: true },
  { title: 'p99.9 ms', key: 'p999Us', digits: 2, scale: 1000 },
  { title: 'errors', key: 'errors', digits: 0, isSum: true },
];
const memoryColumns = [
  { title: 'PSS MiB', key: 'pssMiB' },
  { title: 'private MiB', key: 'privateMiB' },
];

/** Rows of cells: every host of one load, with the figures that any of them has. */
export function toRows({ size = 0, hosts }, reference) {
  const all = Object.values(hosts);
  const shown = columns.filter(
    ({ key, isOfBodies }) => (!isOfBodies || size > 0) && all.some(({ samples }) => samples[key]),
  );
  const memory = memoryColumns.filter(() => all.some(({ peak }) => peak));
  const base = hosts[reference]?.samples;
  const head = shown.flatMap(({ title, hasRatio }) => (hasRatio ? [title, '×'] : [title]));
  return [
    ['', ...head, ...memory.map(({ title }) => title)],
    ...Object.entries(hosts).map(([name, { samples, peak }]) => [
      name,
      ...shown.flatMap((column) => cells(column, samples, base)),
      ...memory.map(({ key }) => peak?.[key].toFixed(0) ?? '–'),
    ]),
  ];
}

/** The same for a terminal. */
export function printTable(result, reference) {
  const rows = toRows(result, reference);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  console.log(`\n${result.title}${result.rate === undefined ? '' : ` (${result.rate}/s)`}`);
  for (const row of rows) {
    const padded = row.map((text, column) =>
      column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]),
    );
    console.log(padded.join('  '));
  }
}

/** Median, and half the distance between the best and the worst round where it is large. */
export function formatSpread({ median, min, max }, digits, scale = 1) {
  const text = (median / scale).toFixed(digits);
  const spread = median === 0 ? 0 : (100 * (max - min)) / 2 / median;
  return spread >= WORTH_SAYING_PERCENT ? `${text} ±${spread.toFixed(0)} %` : text;
}

function cells({ key, digits, scale, hasRatio, isSum }, samples, base) {
  const summary = summarize(samples[key]);
  if (isSum) return [String(samples[key].reduce((sum, count) => sum + count, 0))];
  const text = summary === undefined ? '–' : formatSpread(summary, digits, scale);
  if (!hasRatio) return [text];
  return [text, summarizeRatio(samples[key], base?.[key])?.median.toFixed(2) ?? '–'];
}
