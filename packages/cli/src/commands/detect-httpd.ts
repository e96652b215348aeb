import {
  type Detection,
  type HttpdBuild,
  detectHttpds,
  missingModules,
  requireHttpd,
} from '@httpd-express/httpd-detect';
import { allFeatures, requiredModules } from '@httpd-express/templates';

import { type Invocation } from '../invocation.ts';
import { detectOptions } from '../options.ts';
import { resolveSettings } from '../settings.ts';

/**
 * What every feature together needs: a build that lacks one of them is not chosen. But for mod_md, which brings libraries
 * of its own, and which private builds leave out.
 */
const neededModules = requiredModules(allFeatures.filter((feature) => feature !== 'acme'));

/** `express detect-httpd`: every httpd, what it can do, and which would be used. Fails when none can be. */
export async function detectHttpd({ values }: Invocation): Promise<number> {
  const { env } = process;
  const { json, httpdExecutable, modulesDirectory } = resolveSettings(detectOptions, {
    values,
    env,
  }).settings;
  const detection = await detectHttpds({
    env,
    named: httpdExecutable,
    modulesDirectory,
    requiredModules: neededModules,
  });
  process.stdout.write(json ? `${JSON.stringify(toJson(detection), null, 2)}\n` : toText(detection));
  if (json) return detection.chosen === undefined ? 1 : 0;
  requireHttpd(detection);
  return 0;
}

function toJson({ builds, rejected, chosen, reason }: Detection) {
  return {
    chosen: chosen?.path ?? null,
    reason,
    builds: builds.map((build) => ({ ...build, missingModules: missingModules(build, neededModules) })),
    rejected: rejected.map(({ path, error }) => ({ path, ...describe(error) })),
  };
}

function describe(error: Error) {
  const { code, hint } = error as Error & { readonly code?: string; readonly hint?: string };
  return { code, message: error.message, ...(hint !== undefined && { hint }) };
}

function toText({ builds, rejected, chosen, reason }: Detection): string {
  const unusable = rejected.filter(({ path }) => !builds.some((build) => build.path === path));
  return [
    ...builds.map(
      (build) =>
        `${build.path}${build === chosen ? `  <- used: ${reason}` : ''}\n${table(describeBuild(build))}`,
    ),
    ...unusable.map(({ path, error }) => `${path}\n${table([['Cannot be used', error.message]])}`),
  ].join('\n');
}

function describeBuild(build: HttpdBuild): readonly (readonly [string, string])[] {
  const missing = missingModules(build, neededModules).map(({ name, package: from }) =>
    from === undefined ? name : `${name} (package ${from})`,
  );
  return [
    ['Version', `${build.version} (${build.platform})`],
    ['Source', build.source],
    ...(build.realPath === build.path ? [] : [['Real path', build.realPath] as const]),
    ['MPMs', list(build.staticMpm === undefined ? build.mpms : [`${build.staticMpm} (compiled in)`])],
    ['Modules directory', build.modulesDirectory ?? 'none: everything is compiled in'],
    ['Static modules', list(build.staticModules)],
    ['Shared modules', list(build.sharedModules)],
    ['Missing modules', list(missing)],
  ];
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

function table(rows: readonly (readonly [label: string, value: string])[]): string {
  return rows.map(([label, value]) => `  ${label.padEnd(18)}: ${value}\n`).join('');
}
