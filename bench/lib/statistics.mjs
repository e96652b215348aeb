/** The middle value. */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, smallest and largest of each number of several results of the same shape. */
export function summarize(results) {
  const keys = Object.keys(results[0]).filter((key) => typeof results[0][key] === 'number');
  return Object.fromEntries(
    keys.map((key) => {
      const values = results.map((result) => result[key]).filter((value) => Number.isFinite(value));
      return [key, { median: median(values), min: Math.min(...values), max: Math.max(...values) }];
    }),
  );
}
