import type { ReadTime, RequestLimits } from './input.ts';

/** What the limits part lays out. */
export function limitsContext(limits: RequestLimits) {
  return {
    limitRequestBody: limits.body,
    hasBodyLimit: limits.body > 0,
    limitRequestFields: limits.fields,
    limitRequestFieldSize: limits.fieldBytes,
    limitRequestLine: limits.lineBytes,
    requestReadTimeout: `header=${readTime(limits.header)} body=${readTime(limits.bodyTime)}`,
    keepAliveTimeout: limits.keepAliveMs === 0 ? null : `${limits.keepAliveMs}ms`,
    refusesChunked: !limits.allowsChunked,
  };
}

/**
 * Always written: mod_reqtimeout has limits of its own where nothing is said (since httpd 2.4.39). It takes a maximum only
 * above the time-out and together with a rate, and a rate only where there is a time-out.
 */
function readTime({ timeoutSeconds, maxSeconds, minRate }: ReadTime): string {
  if (timeoutSeconds === 0) return '0';
  if (minRate === 0 || maxSeconds === timeoutSeconds) return `${timeoutSeconds}`;
  const longest = maxSeconds === 0 ? '' : `-${maxSeconds}`;
  return `${timeoutSeconds}${longest},MinRate=${minRate}`;
}
