/** Prints what a load test has measured, where LOAD_FIGURES asks for it. */
export function reportFigures(name: string, figures: unknown): void {
  if (process.env['LOAD_FIGURES'] !== undefined)
    process.stderr.write(`${name}: ${JSON.stringify(figures, roundNumbers)}\n`);
}

function roundNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 100) / 100 : value;
}
