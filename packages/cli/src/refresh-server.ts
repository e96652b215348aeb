/** A configuration file that has changed → a running server. */
import { type SupervisorSettings } from '@httpd-express/supervisor';

import { RestartNeededError } from './errors.ts';

/** The banner was printed; the bridge's settings are looked at one by one. */
const skipped: ReadonlySet<string> = new Set(['banner', 'bridge']);

/**
 * What httpd alone is told can change while it runs. The rest is held by processes that were started with it.
 *
 * @throws {RestartNeededError} ERR_CLI_RESTART_NEEDED
 */
export function requireSameProcesses(
  file: string,
  running: SupervisorSettings,
  wanted: SupervisorSettings,
): void {
  const changed = [
    ...findChanges(running, wanted).filter((name) => !skipped.has(name)),
    ...findChanges(running.bridge ?? {}, wanted.bridge ?? {}),
  ];
  if (changed.length > 0) throw new RestartNeededError(file, changed);
}

/** Names of settings that differ. */
function findChanges(before: object, after: object): string[] {
  const values = (settings: object) =>
    new Map(Object.entries(settings).map(([name, value]) => [name, JSON.stringify(value)]));
  const [old, now] = [values(before), values(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name));
}
