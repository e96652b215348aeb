// Medians, spread, and ratios round by round: the speed of a machine drifts, what is measured together drifts together.

/** The middle value. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, smallest and largest; undefined when nothing was measured. */
export function summarize(values = []) {
  const finite = values.filter((value) => Number.isFinite(value));
  if (finite.length === 0) return undefined;
  return { median: median(finite), min: Math.min(...finite), max: Math.max(...finite) };
}

/** The same of each round's ratio to what the other one was in that round. */
export function summarizeRatio(values = [], base = []) {
  return summarize(values.map((value, round) => (value === null ? NaN : value / base[round])));
}

/** Results of the same shape, as a list per figure. A figure that no round has is left out; NaN becomes null in JSON. */
export function toSamples(results) {
  const keys = Object.keys(results[0]).filter((key) =>
    results.some((result) => Number.isFinite(result[key])),
  );
  return Object.fromEntries(
    keys.map((key) => [key, results.map((result) => Number(result[key].toPrecision(5)))]),
  );
}
