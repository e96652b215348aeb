import { expect, test } from '@jest/globals';

import { parseFlags } from '../src/option-spec.ts';
import { type ServerSettings, serverOptions } from '../src/options.ts';
import { type ProcessPlan, requireSameProcesses } from '../src/refresh-server.ts';
import { type ServerFacts } from '../src/server-facts.ts';
import { toSupervisorSettings } from '../src/server-plan.ts';
import { type RawValues, resolveSettings } from '../src/settings.ts';
import { facts } from './support/facts.ts';

/** What would run with these options, where what is found on the machine depends on none of them. */
function plan(values: RawValues = {}, found: Partial<ServerFacts> = {}): ProcessPlan {
  const { written } = resolveSettings(serverOptions, { values, env: {} });
  return { settings: toSupervisorSettings(facts(values, found), 'a banner'), written };
}

/** The options that a change needs a restart for; undefined when it needs none. */
function findRefused(running: ProcessPlan, wanted: ProcessPlan): string | undefined {
  try {
    requireSameProcesses('/c.json', running, wanted);
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_CLI_RESTART_NEEDED' });
    return /^cannot apply \/c\.json to what runs: a restart is needed for (.*)$/.exec(
      (error as Error).message,
    )?.[1];
  }
}

test('what httpd alone is told may change while processes run', () => {
  const { settings, written } = plan();
  const wanted = plan({ urlAlias: ['/a\0/b'], maxClients: ['7'] });
  expect(findRefused({ settings, written }, wanted)).toBeUndefined();
  expect(findRefused(plan(), { ...wanted, settings: { ...settings, banner: 'another' } })).toBeUndefined();
});

test('options that were changed for nothing but httpd are not named', () => {
  expect(findRefused(plan(), plan({ port: ['81'], processes: ['2'], maxClients: ['7'] }))).toBe(
    '--port, --processes',
  );
});

test('the canonical name is the one that is said', () => {
  expect(findRefused(plan(), plan({ concurrency: ['2'] }))).toBe('--concurrency');
});

test('what is found on the machine is named by the options that are about it', () => {
  const { settings, written } = plan();
  expect(
    findRefused({ settings, written }, { settings: { ...settings, httpdVersion: '2.4.0' }, written }),
  ).toBe('--httpd-executable, --modules-directory, --install-httpd');
});

test('where files were served alone and an app shall be, that is what is named', () => {
  const running = plan({ applicationType: ['static'] }, { found: {} });
  expect(findRefused(running, plan())).toBe('--application-type');
});

test('an option that processes are started with is named when it alone is changed, and no other is', () => {
  // Rotation and the startup log are what some options are about.
  const base: RawValues = { rotateLogs: ['on'], accessLog: ['on'], startupLog: ['on'] };
  const running = plan(base);
  const named = new Set<string>();
  for (const [key, raw] of findSamples()) {
    const refused = findRefused(running, plan({ ...base, [key]: [raw] }));
    if (refused === undefined) continue;
    expect(refused).toBe(`--${parseFlags(serverOptions[key]).name}`);
    named.add(refused);
  }
  expect(named.size).toBeGreaterThan(40);
});

/** Every option with values that it takes. */
function findSamples(): (readonly [key: keyof ServerSettings, raw: string])[] {
  const values = ['on', 'off', '7', '0.5', '/srv/x', 'x', '10.0.0.1', 'tsx', 'all', '/x\0/y', 'x\0y'];
  const keys = Object.keys(serverOptions) as (keyof ServerSettings)[];
  return keys.flatMap((key) => values.filter((raw) => isTaken(key, raw)).map((raw) => [key, raw] as const));
}

function isTaken(key: keyof ServerSettings, raw: string): boolean {
  try {
    serverOptions[key].parse(raw);
    return true;
  } catch {
    return false;
  }
}
