// Results as text. Ratios are to the reference, in the same run.

const columns = [
  { title: 'req/s', key: 'requestsPerSecond', digits: 0 },
  { title: 'CPU µs/req', key: 'cpuUsPerRequest', digits: 1 },
  { title: 'loop µs/req', key: 'loopUsPerRequest', digits: 1 },
  { title: 'p50 ms', key: 'p50Us', digits: 2, scale: 1000 },
  { title: 'p99 ms', key: 'p99Us', digits: 2, scale: 1000 },
  { title: 'p99.9 ms', key: 'p999Us', digits: 2, scale: 1000 },
  { title: 'errors', key: 'errors', digits: 0 },
];

/** Rows of cells: every host of one result, with ratios of throughput and CPU to the reference. */
export function toRows({ hosts }, reference) {
  const base = hosts[reference];
  const rows = Object.entries(hosts).map(([name, host]) => [
    name,
    ...columns.map(({ key, digits, scale = 1 }) => cell(host[key], digits, scale)),
    ratio(host.requestsPerSecond, base?.requestsPerSecond),
    ratio(host.cpuUsPerRequest, base?.cpuUsPerRequest),
  ]);
  return [['', ...columns.map(({ title }) => title), 'req/s ×', 'CPU ×'], ...rows];
}

export function printTable(title, result, reference) {
  const rows = toRows(result, reference);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  console.log(`\n${title}${result.rate === undefined ? '' : ` (${result.rate}/s)`}`);
  for (const row of rows) {
    console.log(
      row
        .map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column])))
        .join('  '),
    );
  }
}

function cell(value, digits, scale) {
  if (value === undefined || !Number.isFinite(value.median)) return '–';
  const spread = value.median === 0 ? 0 : (100 * (value.max - value.min)) / 2 / value.median;
  const text = (value.median / scale).toFixed(digits);
  return spread >= 10 && digits > 0 ? `${text} ±${spread.toFixed(0)} %` : text;
}

function ratio(value, base) {
  if (value === undefined || base === undefined) return '–';
  return (value.median / base.median).toFixed(2);
}
