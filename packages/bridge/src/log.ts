/** Severity of a line, by httpd's LogLevel names. */
export type LogLevel = 'error' | 'warn' | 'notice' | 'info';

/** Writes one line to stderr: `[time] [bridge:level] [pid N] sentence key=value …`, and under it the lines of `detail`. */
export function log(
  level: LogLevel,
  sentence: string,
  fields: Record<string, string | number | undefined> = {},
  detail?: string,
): void {
  const pairs = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}=${formatValue(value)}`],
  );
  process.stderr.write(
    `[${new Date().toISOString()}] [bridge:${level}] [pid ${process.pid}] ${sentence}${pairs.join('')}\n${detail === undefined ? '' : `${detail}\n`}`,
  );
}

/** Quotes what could end the field or the line: values come from requests. */
function formatValue(value: string | number): string {
  return typeof value === 'number' || /^[\w./:%?&=+,@~-]+$/.test(value)
    ? String(value)
    : JSON.stringify(value);
}
