import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { debian } from './support/builds.ts';
import { exampleInput } from './support/example-input.ts';
import { writeServerRoot } from './support/server-root.ts';

/** Stands for node and httpd: says how it was called. */
const stub = `#!/bin/sh
for argument; do echo "argument $argument"; done
echo "in $(pwd)"
echo "LC_ALL $LC_ALL"
echo "LD_LIBRARY_PATH <$LD_LIBRARY_PATH>"
echo "FROM_ENVVARS <$FROM_ENVVARS>"
`;

describe('apachectl', () => {
  let root: string;
  const at = (...names: string[]) => path.join(root, ...names);
  const envvars = () => at('server', 'envvars');

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "templates-it's $HOME `id` "));
    const control = {
      nodePath: at('node'),
      cliPath: at("cl'i.js"),
      workingDirectory: at('app'),
      locale: 'de_DE.UTF-8',
    };
    for (const program of ['node', 'httpd']) writeFileSync(at(program), stub, { mode: 0o700 });
    writeServerRoot(
      exampleInput(root, { ...debian, realPath: at('httpd'), libraryPath: at('lib') }, { control }),
    );
    writeFileSync(envvars(), 'FROM_ENVVARS=$LC_ALL; export FROM_ENVVARS\n', { mode: 0o600 });
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const run = (...commandLine: string[]) => {
    const { LD_LIBRARY_PATH: inherited, ...env } = process.env;
    expect(inherited).toBeUndefined();
    const { stdout, stderr, status } = spawnSync(at('server', 'apachectl'), commandLine, {
      encoding: 'utf8',
      env,
    });
    return { lines: stdout.trimEnd().split('\n'), stderr, status };
  };
  const argumentsOf = (...commandLine: string[]) =>
    run(...commandLine)
      .lines.filter((line) => line.startsWith('argument '))
      .map((line) => line.replace('argument ', ''));

  test.each(['start', 'stop', 'restart', 'graceful', 'graceful-stop', 'status'])(
    '%s is left to the control command',
    (verb) => {
      expect(argumentsOf(verb, '--now then')).toEqual([
        at("cl'i.js"),
        'control',
        verb,
        '--server-root',
        at('server'),
        '--now then',
      ]);
    },
  );

  test('configtest has httpd check the configuration', () => {
    expect(argumentsOf('configtest')).toEqual(['-t', '-f', at('server', 'httpd.conf')]);
  });

  test('anything else goes to httpd', () => {
    expect(argumentsOf('-DFOREGROUND', '-e', 'a b')).toEqual([
      '-f',
      at('server', 'httpd.conf'),
      '-DFOREGROUND',
      '-e',
      'a b',
    ]);
  });

  test('without arguments it says how to use it', () => {
    expect(run()).toMatchObject({
      lines: [''],
      stderr: expect.stringContaining('usage: '),
      status: 64,
    });
  });

  test('programs run in the working directory, with the locale', () => {
    expect(run('status').lines).toEqual(expect.arrayContaining([`in ${at('app')}`, 'LC_ALL de_DE.UTF-8']));
  });

  test('the libraries of a private httpd are for httpd alone', () => {
    expect(run('-V').lines).toContain(`LD_LIBRARY_PATH <${at('lib')}>`);
    expect(run('status').lines).toContain('LD_LIBRARY_PATH <>');
  });

  test('a working directory that is gone is a failure', () => {
    rmSync(at('app'), { recursive: true });

    expect(run('-V')).toMatchObject({ lines: [''], status: 1 });
  });

  describe('envvars', () => {
    test('is read when it is ours', () => {
      expect(run('-V').lines).toContain('FROM_ENVVARS <de_DE.UTF-8>');
    });

    test.each<[string, () => void]>([
      [
        'is missing',
        () => {
          rmSync(envvars());
        },
      ],
      [
        'can be written by a group',
        () => {
          chmodSync(envvars(), 0o620);
        },
      ],
      [
        'can be written by everyone',
        () => {
          chmodSync(envvars(), 0o602);
        },
      ],
      [
        'is a link',
        () => {
          renameSync(envvars(), at('elsewhere'));
          symlinkSync(at('elsewhere'), envvars());
        },
      ],
      [
        'is a directory',
        () => {
          rmSync(envvars());
          mkdirSync(envvars());
        },
      ],
    ])('is not read when it %s', (_, prepare) => {
      prepare();

      expect(run('-V')).toMatchObject({
        lines: expect.arrayContaining(['FROM_ENVVARS <>']),
        status: 0,
      });
    });

    const testAsRoot = process.getuid?.() === 0 ? test : test.skip;
    testAsRoot('is not read when it belongs to someone else', () => {
      chownSync(envvars(), 65534, 65534);

      expect(run('-V').lines).toContain('FROM_ENVVARS <>');
    });
  });

  const linter = 'shellcheck';
  const shellcheck = spawnSync(linter, ['--version']).error === undefined;
  if (!shellcheck)
    process.stderr.write('skipped: apachectl passes shellcheck: there is no shellcheck here\n');
  (shellcheck ? test : test.skip)('passes shellcheck', () => {
    // These three doubt the quotes and dollars in our odd values, which are meant as they are.
    const args = ['--exclude', 'SC2016,SC2089,SC2090', at('server', 'apachectl')];
    expect(spawnSync(linter, args, { encoding: 'utf8' }).stdout).toBe('');
  });
});
