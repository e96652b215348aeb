/** A configuration file that has changed → a running server. */
import { type SupervisorSettings } from '@httpd-express/supervisor';

import { RestartNeededError } from './errors.ts';
import { parseFlags } from './option-spec.ts';
import { type ServerSettings, serverOptions } from './options.ts';
import { restartOptions } from './restart-options.ts';
import { type ResolvedSettings } from './settings.ts';

/** What processes were started with, or would be, and the options as they were written for it. */
export interface ProcessPlan {
  readonly settings: SupervisorSettings;
  readonly written: ResolvedSettings<typeof serverOptions>['written'];
}

/** The banner was printed; the bridge's settings are looked at one by one. */
const skipped: ReadonlySet<string> = new Set(['banner', 'bridge']);

/**
 * What httpd alone is told can change while it runs. The rest is held by processes that were started with it.
 *
 * @throws {RestartNeededError} ERR_CLI_RESTART_NEEDED, with the options that were changed
 */
export function requireSameProcesses(file: string, running: ProcessPlan, wanted: ProcessPlan): void {
  const { settings: before } = running;
  const { settings: after } = wanted;
  const changed = [
    ...findChanges(before, after).filter((name) => !skipped.has(name)),
    ...findChanges(before.bridge ?? {}, after.bridge ?? {}),
  ];
  if (changed.length === 0) return;
  const options = findOptions(changed as (keyof typeof restartOptions)[]);
  const written = options.filter((key) => !isSame(running.written[key], wanted.written[key]));
  // None was: what is found without them has changed, such as the version of httpd or the owner of the app.
  throw new RestartNeededError(file, (written.length === 0 ? options : written).map(toFlag));
}

function findOptions(changed: readonly (keyof typeof restartOptions)[]): (keyof ServerSettings)[] {
  return [...new Set(changed.flatMap((name): readonly (keyof ServerSettings)[] => restartOptions[name]))];
}

function toFlag(key: keyof ServerSettings): string {
  return `--${parseFlags(serverOptions[key]).name}`;
}

/** Names of settings that differ. */
function findChanges(before: object, after: object): string[] {
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => !isSame(old.get(name), now.get(name)));
}

function isSame(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}
