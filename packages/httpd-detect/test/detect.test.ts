import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { type Detection, detectHttpds, type DetectOptions, requireHttpd } from '../src/detect.ts';
import { readOsRelease } from '../src/os-release.ts';
import { catchError, makeDirectory, writeFakeHttpd, writeModules, writeProgram } from './fake-httpd.ts';

/** A system's httpd with modules, in a directory of its own: returns the directory to search. */
function installFake(name: string, recorded: string, modules: readonly string[]): string {
  const prefix = makeDirectory();
  writeFakeHttpd(path.join(prefix, 'bin', name), recorded);
  if (modules.length > 0) writeModules(path.join(prefix, 'modules'), modules);
  return path.join(prefix, 'bin');
}

/** A private build with a manifest made for this machine, or with `changes`. */
function installPrivateFake(home: string, changes: object = {}): string {
  const prefix = path.join(home, 'apt-2.4.52');
  writeFakeHttpd(path.join(prefix, 'bin/httpd'), 'docker');
  writeModules(path.join(prefix, 'modules'), ['mpm_event', 'dir']);
  const { id, versionId } = readOsRelease();
  const manifest = {
    generator: 'httpd-express',
    schema: 1,
    rpath: true,
    os: { id, versionId, arch: process.arch },
    ...changes,
  };
  writeFileSync(path.join(prefix, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(path.join(home, 'current.json'), JSON.stringify({ schema: 1, directory: 'apt-2.4.52' }));
  return prefix;
}

async function detect(options: Partial<DetectOptions>): Promise<Detection> {
  const env = { PATH: '/usr/bin:/bin', EXPRESS_HTTPD_HOME: '/nowhere', ...options.env };
  return await detectHttpds({ searchDirectories: [], ...options, env });
}

const codes = (detection: Detection): unknown[] =>
  detection.rejected.map(({ error }) => (error as NodeJS.ErrnoException).code);

describe('the system', () => {
  test('is searched in order, and every build that runs is listed', async () => {
    const first = installFake('httpd', 'docker', ['mpm_event', 'dir']);
    const second = installFake('apache2', 'debian-12', ['mpm_event', 'dir']);
    const detection = await detect({ searchDirectories: [first, second] });
    expect(detection.builds.map((build) => build.path)).toEqual([
      path.join(first, 'httpd'),
      path.join(second, 'apache2'),
    ]);
    expect(detection.chosen).toBe(detection.builds[0]);
  });

  test('with an event build behind a prefork build gives the event build', async () => {
    const prefork = installFake('httpd', 'opensuse-prefork', ['dir']);
    const event = installFake('httpd', 'opensuse-event', ['dir']);
    const detection = await detect({ searchDirectories: [prefork, event] });
    expect(detection.chosen?.path).toBe(path.join(event, 'httpd'));
  });

  test('with a broken, an old and a good httpd gives the good one, and says what is wrong with the others', async () => {
    const broken = makeDirectory();
    writeProgram(path.join(broken, 'httpd'), 'echo "usage: thttpd"');
    const old = installFake('httpd', 'centos-7', ['mpm_event']);
    const good = installFake('httpd', 'docker', ['mpm_event', 'dir']);
    const detection = await detect({ searchDirectories: [broken, old, good] });
    expect(detection.chosen?.path).toBe(path.join(good, 'httpd'));
    expect(codes(detection)).toEqual(['ERR_HTTPD_DETECT_NOT_HTTPD', 'ERR_HTTPD_DETECT_TOO_OLD']);
  });

  test('with a build that lacks a required module gives one that has it, and still lists the first', async () => {
    const poor = installFake('httpd', 'docker', ['mpm_event', 'dir']);
    const rich = installFake('httpd', 'docker', ['mpm_event', 'dir', 'proxy_fcgi']);
    const detection = await detect({ searchDirectories: [poor, rich], requiredModules: ['proxy_fcgi'] });
    expect(detection.chosen?.path).toBe(path.join(rich, 'httpd'));
    expect(detection.builds).toHaveLength(2);
    expect(codes(detection)).toEqual(['ERR_HTTPD_DETECT_MODULES_MISSING']);
  });

  test('with nothing usable says why, and requiring one fails with the way to get one', async () => {
    const poor = installFake('httpd', 'docker', ['mpm_event', 'dir']);
    const detection = await detect({ searchDirectories: [poor], requiredModules: ['proxy_fcgi'] });
    expect(detection.chosen).toBeUndefined();
    expect(detection.reason).toContain('lacks mod_proxy_fcgi');
    const error = await catchError(() => requireHttpd(detection));
    expect(error.code).toBe('ERR_HTTPD_DETECT_NONE_FOUND');
    expect(error.hint).toContain('express install-httpd');
  });

  test('with nothing at all names the places that were looked at', async () => {
    const empty = makeDirectory();
    const detection = await detect({ searchDirectories: [empty] });
    expect(detection).toMatchObject({ builds: [], rejected: [], reason: `no httpd found in ${empty}` });
  });
});

describe('a named httpd', () => {
  const other = (): string => installFake('httpd', 'docker', ['mpm_event', 'dir']);

  test('wins over the others, which are still listed', async () => {
    const directory = installFake('my-httpd', 'docker', ['mpm_event', 'dir']);
    const named = path.join(directory, 'my-httpd');
    const detection = await detect({ named, searchDirectories: [other()] });
    expect(detection.chosen).toMatchObject({ path: named, source: 'named' });
    expect(detection.builds.map((build) => build.source)).toEqual(['named', 'system']);
    expect(detection.reason).toBe('named by --httpd-executable');
  });

  test('is listed once when the search finds it too', async () => {
    const directory = other();
    const detection = await detect({ named: path.join(directory, 'httpd'), searchDirectories: [directory] });
    expect(detection.builds.map((build) => build.source)).toEqual(['named']);
  });

  test('may be named in HTTPD, and the option wins over it', async () => {
    const directory = other();
    const env = { HTTPD: path.join(directory, 'httpd') };
    await expect(detect({ env })).resolves.toMatchObject({ reason: 'named by HTTPD' });
    const error = await catchError(() => detect({ env, named: '/nowhere/httpd' }));
    expect(error.code).toBe('ERR_HTTPD_DETECT_NOT_FOUND');
  });

  test('given as a bare name is looked up where httpds are', async () => {
    const directory = installFake('my-httpd', 'docker', ['mpm_event', 'dir']);
    const detection = await detect({ named: 'my-httpd', searchDirectories: [directory] });
    expect(detection.chosen?.path).toBe(path.join(directory, 'my-httpd'));
    const error = await catchError(() => detect({ named: 'no-such-httpd', searchDirectories: [directory] }));
    expect(error.code).toBe('ERR_HTTPD_DETECT_NOT_FOUND');
  });

  test('that does not work is an error although another would', async () => {
    const file = writeProgram(path.join(makeDirectory(), 'httpd'), 'exit 1');
    const error = await catchError(() => detect({ named: file, searchDirectories: [other()] }));
    expect(error.code).toBe('ERR_HTTPD_DETECT_NOT_HTTPD');
  });

  test('that lacks a required module is an error although another has it', async () => {
    const named = path.join(installFake('httpd', 'docker', ['mpm_event', 'dir']), 'httpd');
    const error = await catchError(() => detect({ named, requiredModules: ['proxy_fcgi'] }));
    expect(error.code).toBe('ERR_HTTPD_DETECT_MODULES_MISSING');
  });

  test('takes the modules directory for itself alone', async () => {
    const directory = other();
    const named = writeFakeHttpd(path.join(makeDirectory(), 'httpd'), 'docker');
    const modulesDirectory = writeModules(makeDirectory(), ['mpm_worker']);
    const { builds } = await detect({ named, modulesDirectory, searchDirectories: [directory] });
    expect(builds.map((build) => build.mpms)).toEqual([['worker'], ['event']]);
  });
});

test('a modules directory without modules is an error whatever is found', async () => {
  const error = await catchError(() => detect({ modulesDirectory: makeDirectory() }));
  expect(error.code).toBe('ERR_HTTPD_DETECT_MODULES_DIRECTORY');
});

describe('a private httpd', () => {
  test('comes before those of the system', async () => {
    const home = makeDirectory();
    const prefix = installPrivateFake(home);
    const system = installFake('httpd', 'docker', ['mpm_event', 'dir']);
    const detection = await detect({ env: { EXPRESS_HTTPD_HOME: home }, searchDirectories: [system] });
    expect(detection.chosen).toMatchObject({ path: path.join(prefix, 'bin/httpd'), source: 'private' });
    expect(detection.chosen).not.toHaveProperty('libraryPath');
    expect(detection.builds).toHaveLength(2);
  });

  test('without an RPATH says where its libraries are', async () => {
    const home = makeDirectory();
    const prefix = installPrivateFake(home, { rpath: false });
    const detection = await detect({ env: { EXPRESS_HTTPD_HOME: home } });
    expect(detection.chosen?.libraryPath).toBe(path.join(prefix, 'lib'));
  });

  test.each([
    ['another release', { os: { id: 'debian', versionId: '1.1', arch: process.arch } }, 'debian 1.1'],
    ['another architecture', { os: { ...readOsRelease(), arch: 'vax' } }, 'vax'],
    ['somebody else', { generator: 'other' }, 'manifest'],
  ])('made for %s is rejected with what to do, and the system’s is used', async (_, changes, found) => {
    const home = makeDirectory();
    installPrivateFake(home, changes);
    const system = installFake('httpd', 'docker', ['mpm_event', 'dir']);
    const detection = await detect({ env: { EXPRESS_HTTPD_HOME: home }, searchDirectories: [system] });
    expect(detection.chosen?.source).toBe('system');
    const error = detection.rejected[0]?.error;
    expect(error).toMatchObject({
      code: 'ERR_HTTPD_DETECT_PRIVATE_UNUSABLE',
      hint: 'run: express install-httpd --force',
    });
    expect(error?.message).toContain(found);
  });

  test('that no longer runs is rejected with the reason', async () => {
    const home = makeDirectory();
    const prefix = installPrivateFake(home);
    writeProgram(path.join(prefix, 'bin/httpd'), 'exit 3');
    const detection = await detect({ env: { EXPRESS_HTTPD_HOME: home } });
    expect(codes(detection)).toEqual(['ERR_HTTPD_DETECT_PRIVATE_UNUSABLE']);
    expect(detection.reason).toContain('-v printed nothing');
  });

  test.each([
    ['is gone', '{"schema":1,"directory":"gone"}', ['ERR_HTTPD_DETECT_PRIVATE_UNUSABLE']],
    ['is named by a damaged file', '{"schema":1,', []],
    [
      'is named outside the home',
      '{"schema":1,"directory":"../../usr"}',
      ['ERR_HTTPD_DETECT_PRIVATE_UNUSABLE'],
    ],
  ])('that %s is not used', async (_, current, expected) => {
    const home = makeDirectory();
    mkdirSync(home, { recursive: true });
    writeFileSync(path.join(home, 'current.json'), current);
    const detection = await detect({ env: { EXPRESS_HTTPD_HOME: home } });
    expect(detection.chosen).toBeUndefined();
    expect(codes(detection)).toEqual(expected);
  });

  test('is looked for below XDG_DATA_HOME, else below HOME', async () => {
    const data = makeDirectory();
    mkdirSync(path.join(data, 'httpd-express/httpd'), { recursive: true });
    installPrivateFake(path.join(data, 'httpd-express/httpd'));
    const env = { EXPRESS_HTTPD_HOME: '', HOME: '/nowhere', XDG_DATA_HOME: data };
    await expect(detect({ env })).resolves.toMatchObject({ chosen: { source: 'private' } });
    const home = makeDirectory();
    mkdirSync(path.join(home, '.local/share/httpd-express/httpd'), { recursive: true });
    installPrivateFake(path.join(home, '.local/share/httpd-express/httpd'));
    const relative = { EXPRESS_HTTPD_HOME: '', HOME: home, XDG_DATA_HOME: 'relative' };
    await expect(detect({ env: relative })).resolves.toMatchObject({ chosen: { source: 'private' } });
  });
});

const hasSystemHttpd = existsSync('/usr/sbin/apache2');
(hasSystemHttpd ? test : test.skip)(
  'the httpd of this Debian is found although PATH lacks its directory',
  async () => {
    const detection = await detectHttpds({
      env: { PATH: '/usr/bin:/bin', EXPRESS_HTTPD_HOME: '/nowhere' },
      requiredModules: ['proxy_fcgi', 'unixd', 'log_config', 'ssl'],
    });
    const build = requireHttpd(detection);
    expect(build).toMatchObject({ path: '/usr/sbin/apache2', platform: 'Debian', source: 'system' });
    expect(build.modulesDirectory).toBe('/usr/lib/apache2/modules');
    expect(build.mpms[0]).toBe('event');
    expect(build.staticModules).toContain('unixd');
  },
);
