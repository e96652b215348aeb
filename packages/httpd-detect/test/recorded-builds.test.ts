import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { findStaticMpm, parseModules } from '../src/parse-modules.ts';
import { parseSettings } from '../src/parse-settings.ts';
import { isAtLeast, minimumVersion, parseVersion } from '../src/parse-version.ts';
import { fixturesDirectory } from './fake-httpd.ts';

interface Facts {
  version: string;
  platform: string;
  accepted: boolean;
  HTTPD_ROOT: string;
  AP_TYPES_CONFIG_FILE: string;
  SERVER_CONFIG_FILE: string;
  staticMpm: string | null;
  staticModules: string[];
}

const builds = readdirSync(fixturesDirectory).filter((name) =>
  statSync(path.join(fixturesDirectory, name)).isDirectory(),
);

describe.each(builds)('the output recorded on %s', (build) => {
  const read = (name: string): string => readFileSync(path.join(fixturesDirectory, build, name), 'utf8');
  const facts = JSON.parse(read('facts.json')) as Facts;

  test('gives version and platform, from -v and from -V', () => {
    const expected = { version: facts.version, platform: facts.platform };
    expect(parseVersion(read('version.txt'))).toEqual(expected);
    expect(parseVersion(read('settings.txt'))).toEqual(expected);
  });

  test('is accepted from the minimum version on', () => {
    expect(isAtLeast(facts.version, minimumVersion)).toBe(facts.accepted);
  });

  test.each(['HTTPD_ROOT', 'AP_TYPES_CONFIG_FILE', 'SERVER_CONFIG_FILE'] as const)('gives %s', (name) => {
    expect(parseSettings(read('settings.txt')).get(name)).toBe(facts[name]);
  });

  test('gives the compiled-in modules and MPM', () => {
    const modules = parseModules(read('modules.txt'));
    expect(modules).toEqual(facts.staticModules);
    expect(findStaticMpm(modules ?? []) ?? null).toBe(facts.staticMpm);
  });
});
