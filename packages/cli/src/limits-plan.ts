import { type TemplateInput } from '@httpd-express/templates';

import { OptionConflictError } from './errors.ts';
import { type ServerSettings } from './options.ts';

/** What httpd is told about requests. Times are in whole seconds there, rounded up. */
export function toLimits(settings: ServerSettings): TemplateInput['limits'] {
  return {
    body: settings.limitRequestBodyBytes,
    fields: settings.limitRequestFields,
    fieldBytes: settings.limitRequestFieldSizeBytes,
    lineBytes: settings.limitRequestLineBytes,
    header: {
      timeoutSeconds: toSeconds(settings.headerTimeoutMs),
      maxSeconds: toSeconds(settings.headerMaxTimeoutMs),
      minRate: settings.headerMinRate,
    },
    bodyTime: {
      timeoutSeconds: toSeconds(settings.bodyTimeoutMs),
      maxSeconds: toSeconds(settings.bodyMaxTimeoutMs),
      minRate: settings.bodyMinRate,
    },
    keepAliveMs: settings.keepAliveTimeoutMs,
    allowsChunked: settings.chunkedRequest,
  };
}

/** The shares of httpd's workers that were asked for. */
export function toSpareWorkers({
  initialWorkers: initial,
  minimumSpareWorkers: minimum,
  maximumSpareWorkers: maximum,
}: ServerSettings): NonNullable<TemplateInput['capacity']['spare']> {
  return {
    ...(initial !== undefined && { initial }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
  };
}

/**
 * Two limits of which one must be above the other, which httpd would refuse or quietly change.
 *
 * @throws {OptionConflictError} ERR_CLI_OPTION_CONFLICT
 */
export function requireOrderedLimits(settings: ServerSettings): void {
  for (const part of ['header', 'body'] as const) {
    const [least, most] = [settings[`${part}TimeoutMs`], settings[`${part}MaxTimeoutMs`]];
    if (most > 0 && toSeconds(most) < toSeconds(least))
      throw new OptionConflictError(
        `--${part}-max-timeout`,
        `${toSeconds(most)} s is below --${part}-timeout, ${toSeconds(least)} s: expected at least as much, or 0 for no limit`,
      );
  }
  const { minimumSpareWorkers: least, maximumSpareWorkers: most } = settings;
  if (least !== undefined && most !== undefined && most < least)
    throw new OptionConflictError(
      '--maximum-spare-workers',
      `${most} is below --minimum-spare-workers, ${least}: expected at least as much`,
    );
}

function toSeconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
}
