import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { describe, expect, test } from '@jest/globals';

import { probeHttpd } from '../src/probe.ts';
import { catchError, makeDirectory, writeFakeHttpd, writeModules, writeProgram } from './fake-httpd.ts';

const env = { PATH: '/usr/bin:/bin' };
const readPids = (file: string): number[] => readFileSync(file, 'utf8').trim().split('\n').map(Number);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function waitUntil(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the condition was not met within 5 s');
    await setTimeout(10);
  }
}

const named = { source: 'named', env } as const;

describe('a build', () => {
  test('whose -V prints everything and exits 1 is read whole', async () => {
    const prefix = makeDirectory();
    const httpd = writeFakeHttpd(path.join(prefix, 'bin/httpd'), 'docker');
    const modules = writeModules(path.join(prefix, 'modules'), ['mpm_prefork', 'mpm_event', 'dir']);
    mkdirSync(path.join(prefix, 'conf'));
    writeFileSync(path.join(prefix, 'conf/mime.types'), '');
    const rotatelogs = writeProgram(path.join(prefix, 'bin/rotatelogs'), 'exit 0');
    await expect(probeHttpd(httpd, named)).resolves.toEqual({
      path: httpd,
      realPath: httpd,
      version: '2.4.52',
      platform: 'Unix',
      source: 'named',
      mpms: ['event', 'prefork'],
      modulesDirectory: modules,
      staticModules: ['core', 'so', 'http_core'],
      sharedModules: ['dir', 'mpm_event', 'mpm_prefork'],
      mimeTypesPath: path.join(prefix, 'conf/mime.types'),
      rotatelogsPath: rotatelogs,
    });
  });

  test('reached through a symbolic link keeps its name and finds its modules', async () => {
    const prefix = makeDirectory();
    const httpd = writeFakeHttpd(path.join(prefix, 'bin/httpd'), 'docker');
    const modules = writeModules(path.join(prefix, 'modules'), ['dir']);
    const link = path.join(makeDirectory(), 'my-httpd');
    symlinkSync(httpd, link);
    await expect(probeHttpd(link, named)).resolves.toMatchObject({
      path: link,
      realPath: httpd,
      modulesDirectory: modules,
    });
  });

  test('with everything compiled in is not paired with modules of the system', async () => {
    const httpd = writeFakeHttpd(path.join(makeDirectory(), 'bin/httpd'), 'debian-12');
    const build = await probeHttpd(httpd, named);
    expect(build.modulesDirectory).toBeUndefined();
    expect(build.sharedModules).toEqual([]);
    expect(build.mpms).toEqual([]);
  });

  test('without mod_so has no shared modules even where some lie beside it', async () => {
    const prefix = makeDirectory();
    const version = path.join(import.meta.dirname, 'fixtures/docker/version.txt');
    const httpd = writeProgram(
      path.join(prefix, 'bin/httpd'),
      `case "$1" in -v) cat '${version}' ;; -l) printf 'Compiled in modules:\\n  core.c\\n  event.c\\n' ;; esac`,
    );
    writeModules(path.join(prefix, 'modules'), ['dir']);
    const build = await probeHttpd(httpd, named);
    expect(build.modulesDirectory).toBeUndefined();
    expect(build.mpms).toEqual(['event']);
  });

  test('with a static MPM runs that one only, though others lie beside it', async () => {
    const root = makeDirectory();
    const httpd = writeFakeHttpd(path.join(root, 'usr/sbin/httpd-prefork'), 'opensuse-prefork');
    writeModules(path.join(root, 'usr/lib64/apache2-prefork'), ['dir', 'mpm_event']);
    await expect(probeHttpd(httpd, named)).resolves.toMatchObject({
      mpms: ['prefork'],
      staticMpm: 'prefork',
    });
  });

  test('takes its modules from the directory the user names', async () => {
    const httpd = writeFakeHttpd(path.join(makeDirectory(), 'bin/httpd'), 'docker');
    const modulesDirectory = writeModules(makeDirectory(), ['mpm_worker']);
    await expect(probeHttpd(httpd, { ...named, modulesDirectory })).resolves.toMatchObject({
      modulesDirectory,
      mpms: ['worker'],
    });
  });
});

describe('a program', () => {
  const program = (body: string): string => writeProgram(path.join(makeDirectory(), 'bin/program'), body);

  test.each([
    [
      'that prints something else',
      'echo; echo "nginx version: nginx/1.22"; echo more',
      'nginx version: nginx/1.22',
    ],
    ['that complains', 'echo "unknown option -v" >&2; exit 2', 'unknown option -v'],
    ['that prints nothing', 'exit 0', 'nothing'],
    ['that prints without end', 'exec yes endless', 'endless'],
    ['that waits for input', 'cat; echo no-input-here', 'no-input-here'],
    ['that prints control characters', `printf '\\033[31mred\\n'`, '"[31mred"'],
  ])('%s is not httpd, and its first line is shown', async (_, body, shown) => {
    const file = program(body);
    const error = await catchError(() => probeHttpd(file, named));
    expect(error.code).toBe('ERR_HTTPD_DETECT_NOT_HTTPD');
    expect(error.message).toContain(file);
    expect(error.message).toContain(shown);
    expect(error.message).not.toMatch(/[\x00-\x1f]/);
  });

  test('that answers -v but not -l is reported with what -l printed', async () => {
    const version = path.join(import.meta.dirname, 'fixtures/docker/version.txt');
    const file = program(`case "$1" in -v) cat '${version}' ;; *) echo "usage: me" ;; esac`);
    const error = await catchError(() => probeHttpd(file, named));
    expect(error.code).toBe('ERR_HTTPD_DETECT_NOT_HTTPD');
    expect(error.message).toContain('-l printed "usage: me"');
  });

  test('that is too old is reported with its version and the minimum', async () => {
    const file = writeFakeHttpd(path.join(makeDirectory(), 'httpd'), 'centos-7');
    const error = await catchError(() => probeHttpd(file, named));
    expect(error.code).toBe('ERR_HTTPD_DETECT_TOO_OLD');
    expect(error.message).toContain('2.4.6, expected 2.4.47');
  });

  test.each([
    [
      'glibc',
      'httpd: error while loading shared libraries: libapr-1.so.0: cannot open shared object file: No such file or directory',
    ],
    [
      'musl',
      'Error loading shared library libapr-1.so.0: No such file or directory (needed by /usr/sbin/httpd)',
    ],
    ['macOS', 'dyld[4711]: Library not loaded: /opt/homebrew/opt/apr/lib/libapr-1.0.dylib'],
    ['FreeBSD', 'ld-elf.so.1: Shared object "libapr-1.so.0" not found, required by "httpd"'],
    ['an older glibc', "httpd: /lib/libc.so.6: version `GLIBC_2.38' not found (required by httpd)"],
  ])('for which the loader of %s lacks a library cannot start', async (_, complaint) => {
    const file = program(`cat >&2 <<'END'\n${complaint}\nEND\nexit 127`);
    const error = await catchError(() => probeHttpd(file, named));
    expect(error.code).toBe('ERR_HTTPD_DETECT_CANNOT_START');
    expect(error.message).toContain(complaint);
  });

  test('that crashes cannot start', async () => {
    const error = await catchError(() => probeHttpd(program('kill -SEGV $$'), named));
    expect(error.code).toBe('ERR_HTTPD_DETECT_CANNOT_START');
    expect(error.message).toContain('SIGSEGV');
  });

  test('whose interpreter is missing cannot start', async () => {
    const file = program('exit 0');
    writeFileSync(file, '#!/nowhere/sh\n');
    const error = await catchError(() => probeHttpd(file, named));
    expect(error.code).toBe('ERR_HTTPD_DETECT_CANNOT_START');
    expect(error.message).toContain('its loader or interpreter does not exist');
  });

  test('that hangs is killed and reported', async () => {
    const pids = path.join(makeDirectory(), 'pids');
    const file = program(`echo $$ >> '${pids}'; exec sleep 600`);
    const error = await catchError(() => probeHttpd(file, { ...named, timeoutMs: 300 }));
    expect(error.code).toBe('ERR_HTTPD_DETECT_TIMEOUT');
    await waitUntil(() => readPids(pids).every((pid) => !isAlive(pid)));
    expect(readPids(pids)).toHaveLength(3);
  });
});

describe('a path', () => {
  test('that names nothing is reported', async () => {
    const error = await catchError(() => probeHttpd('/nowhere/httpd', named));
    expect(error.code).toBe('ERR_HTTPD_DETECT_NOT_FOUND');
    expect(error.message).toContain('/nowhere/httpd');
  });

  test.each([
    ['a directory', (): string => makeDirectory()],
    [
      'a file without permission to execute',
      (): string => {
        const file = path.join(makeDirectory(), 'httpd');
        writeFileSync(file, '', { mode: 0o644 });
        return file;
      },
    ],
  ])('that names %s is reported', async (_, make) => {
    const error = await catchError(() => probeHttpd(make(), named));
    expect(error.code).toBe('ERR_HTTPD_DETECT_NOT_EXECUTABLE');
  });

  test('that leads to BusyBox is refused without running it', async () => {
    const directory = makeDirectory();
    const ran = path.join(directory, 'ran');
    writeProgram(path.join(directory, 'busybox-extras'), `touch '${ran}'`);
    symlinkSync('busybox-extras', path.join(directory, 'httpd'));
    const error = await catchError(() => probeHttpd(path.join(directory, 'httpd'), named));
    expect(error.code).toBe('ERR_HTTPD_DETECT_NOT_HTTPD');
    expect(existsSync(ran)).toBe(false);
  });
});
