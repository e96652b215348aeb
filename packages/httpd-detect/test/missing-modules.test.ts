import { describe, expect, test } from '@jest/globals';

import { distributions, findDistribution, formatInstallCommand } from '../src/distributions.ts';
import type { HttpdBuild } from '../src/httpd-build.ts';
import { missingModules, requireModules } from '../src/missing-modules.ts';
import { type OsRelease, parseOsRelease } from '../src/os-release.ts';
import { catchError } from './fake-httpd.ts';

const system = (id: string, idLike = ''): OsRelease => parseOsRelease(`ID=${id}\nID_LIKE="${idLike}"\n`);

const build: HttpdBuild = {
  path: '/usr/sbin/httpd',
  realPath: '/usr/sbin/httpd',
  version: '2.4.62',
  platform: 'Unix',
  source: 'system',
  mpms: ['event'],
  staticModules: ['core', 'so', 'unixd'],
  sharedModules: ['mpm_event', 'proxy'],
};

test.each([
  ['ubuntu', 'debian', 'apt-get'],
  ['linuxmint', 'ubuntu debian', 'apt-get'],
  ['rocky', 'rhel centos fedora', 'dnf'],
  ['amzn', 'fedora', 'dnf'],
  ['alpine', '', 'apk'],
  ['manjaro', 'arch', 'pacman'],
  ['opensuse-tumbleweed', 'opensuse suse', 'zypper'],
  ['freebsd', '', 'pkg'],
  ['macos', '', 'brew'],
  ['plan9', '', undefined],
])('%s, which is like "%s", installs with %s', (id, idLike, manager) => {
  expect(findDistribution(system(id, idLike))?.install[0]).toBe(manager);
});

test('a family’s command names sudo for everybody but root, and never for brew', () => {
  const commands = distributions.map((distribution) => [
    formatInstallCommand(distribution, ['x'], 0),
    formatInstallCommand(distribution, ['x'], 1000),
  ]);
  expect(commands).toEqual([
    ['apt-get install -y --no-install-recommends x', 'sudo apt-get install -y --no-install-recommends x'],
    ['dnf install -y x', 'sudo dnf install -y x'],
    ['apk add x', 'sudo apk add x'],
    ['pacman -S --noconfirm x', 'sudo pacman -S --noconfirm x'],
    ['zypper --non-interactive install x', 'sudo zypper --non-interactive install x'],
    ['pkg install -y x', 'sudo pkg install -y x'],
    ['brew install x', 'brew install x'],
  ]);
});

describe('missing modules', () => {
  test('are those neither compiled in nor shared', () => {
    const missing = missingModules(build, ['unixd', 'proxy', 'proxy_fcgi', 'ssl'], system('arch'));
    expect(missing.map(({ name }) => name)).toEqual(['proxy_fcgi', 'ssl']);
  });

  test.each([
    ['debian', 'ssl', 'apache2-bin'],
    ['fedora', 'ssl', 'mod_ssl'],
    ['fedora', 'proxy_http2', 'mod_http2'],
    ['fedora', 'brotli', 'httpd'],
    ['fedora', 'proxy_fcgi', 'httpd-core'],
    ['alpine', 'proxy_fcgi', 'apache2-proxy'],
    ['alpine', 'lbmethod_bybusyness', 'apache2-proxy'],
    ['alpine', 'proxy_http2', 'apache2-http2'],
    ['alpine', 'rewrite', 'apache2'],
    ['suse', 'ssl', 'apache2-event'],
  ])('on %s: %s comes with %s', (id, name, packageName) => {
    const [missing] = missingModules(build, [name], system(id));
    expect(missing).toMatchObject({ name, package: packageName });
    expect(missing?.command).toMatch(new RegExp(` ${packageName}$`));
  });

  test.each([
    ['private', { ...build, source: 'private' as const }],
    ['built by hand', { ...build, realPath: '/opt/httpd/bin/httpd' }],
  ])('of a build that is %s come with no package', (_, own) => {
    expect(missingModules(own, ['ssl'], system('debian'))).toEqual([{ name: 'ssl' }]);
  });

  test('include an MPM when the build has none', () => {
    const [missing] = missingModules({ ...build, mpms: [] }, [], system('plan9'));
    expect(missing).toEqual({ name: 'mpm_event' });
  });

  test('are an error that names them all and the one command for them', async () => {
    const error = await catchError(() => {
      requireModules(build, ['ssl', 'http2', 'proxy_http2', 'proxy'], system('fedora'));
    });
    expect(error.code).toBe('ERR_HTTPD_DETECT_MODULES_MISSING');
    expect(error.message).toBe('/usr/sbin/httpd lacks mod_ssl, mod_http2, mod_proxy_http2');
    expect(error.hint).toMatch(/dnf install -y mod_ssl mod_http2$/);
  });
});
