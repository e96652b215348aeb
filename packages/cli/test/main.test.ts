import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from '@jest/globals';

const packageRoot = path.resolve(import.meta.dirname, '..');

/** The program as built: `npm test` builds first. */
function express(...argv: string[]): SpawnSyncReturns<string> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(EXPRESS_.*|PORT)$/.test(name)),
  );
  return spawnSync(process.execPath, [path.join(packageRoot, 'bin/express.js'), ...argv], {
    encoding: 'utf8',
    env,
  });
}

describe('express', () => {
  test.each(['--version', '-V'])('prints its version alone for %s', (flag) => {
    const { version } = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(express(flag)).toMatchObject({ stdout: `${version}\n`, stderr: '', status: 0 });
  });

  test('prints help to stdout and succeeds', () => {
    expect(express('--help')).toMatchObject({
      stdout: expect.stringContaining('start-server'),
      stderr: '',
      status: 0,
    });
  });

  test.each([
    ['no command', []],
    ['an unknown command', ['serve']],
    ['an unknown option', ['start-server', '--prot', '1']],
    ['a port out of range', ['start-server', '--port', '70000']],
    ['an app that is not there', ['start-server', 'not-there.ts']],
    ['a document root that is not there', ['start-server', '--document-root', './not-there']],
    ['a file as document root', ['start-server', '--document-root', './package.json']],
    ['a module without a name', ['start-server', '--application-type', 'module']],
    ['options of two kinds of installation', ['install-httpd', '--system', '--force']],
  ])('refuses %s with one message and status 2, and starts nothing', (_title, argv) => {
    const { stdout, stderr, status } = express(...argv);
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
    expect(stderr).toMatch(/^express: error: .+\n(express: hint: .+\n)?$/);
  });
});
