import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

import type { HttpdBuild, Mpm } from '@httpd-express/httpd-detect';
import { describe, test } from '@jest/globals';

/** Where httpd and its modules are, on the systems these tests are run on. */
const places = [
  { httpd: '/usr/sbin/apache2', modules: '/usr/lib/apache2/modules' },
  { httpd: '/usr/sbin/httpd', modules: '/usr/lib64/httpd/modules' },
  { httpd: '/usr/sbin/httpd', modules: '/usr/lib/apache2' },
  { httpd: '/usr/sbin/httpd', modules: '/usr/libexec/apache2' },
  { httpd: '/opt/homebrew/opt/httpd/bin/httpd', modules: '/opt/homebrew/opt/httpd/lib/httpd/modules' },
  { httpd: '/usr/local/apache2/bin/httpd', modules: '/usr/local/apache2/modules' },
];

/** The httpd of this machine, asked for just enough facts; absent when there is none. */
const localHttpd: HttpdBuild | undefined = findLocalHttpd();

/** `describe` for tests that run httpd: skipped with the reason printed, failed where `REQUIRE_HTTPD=1` promised one. */
export function describeWithHttpd(name: string, body: (build: HttpdBuild) => void): void {
  if (localHttpd !== undefined) {
    const build = localHttpd;
    describe(name, () => {
      body(build);
    });
  } else if (process.env['REQUIRE_HTTPD'] === '1') {
    test(name, () => {
      throw new Error('REQUIRE_HTTPD=1, but there is no httpd here');
    });
  } else {
    process.stderr.write(`skipped: ${name}: there is no httpd here\n`);
    describe.skip(name, () => {
      test.todo('needs an httpd');
    });
  }
}

function findLocalHttpd(): HttpdBuild | undefined {
  const place = places.find(({ httpd, modules }) => existsSync(httpd) && existsSync(modules));
  if (place === undefined) return undefined;
  const staticModules = run(place.httpd, '-l').match(/\w+(?=\.c$)/gm) ?? [];
  const sharedModules = readdirSync(place.modules).flatMap((file) => /^mod_(\w+)\.so$/.exec(file)?.[1] ?? []);
  const mpms = (['event', 'worker', 'prefork'] as const satisfies Mpm[]).filter((mpm) =>
    sharedModules.includes(`mpm_${mpm}`),
  );
  return {
    path: place.httpd,
    realPath: place.httpd,
    version: /Apache\/([\d.]+)/.exec(run(place.httpd, '-v'))?.[1] ?? 'unknown',
    platform: 'local',
    source: 'system',
    mpms,
    modulesDirectory: place.modules,
    staticModules: staticModules.map((name) => name.replace(/^mod_/, '')),
    sharedModules,
  };
}

function run(program: string, option: string): string {
  return execFileSync(program, [option], { encoding: 'utf8' });
}
