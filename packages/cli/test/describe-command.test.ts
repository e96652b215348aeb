import { execFileSync } from 'node:child_process';

import { describe, expect, test } from '@jest/globals';

import { parseCommandLine } from '../src/command-line.ts';
import { describeCommand } from '../src/describe-command.ts';
import { serverOptions } from '../src/options.ts';
import { resolveSettings } from '../src/settings.ts';

function describeArgv(argv: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const parsed = parseCommandLine(argv);
  if (parsed.name === 'help') throw new Error('unexpected help');
  return describeCommand(resolveSettings(serverOptions, { values: parsed.values, env }), parsed.operands);
}

/** What a shell makes of a command. */
function split(command: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
    .split('\0')
    .slice(1, -1);
}

describe('the command in generated files', () => {
  test('is setup-server with everything that is not a default, wherever it came from', () => {
    expect(describeArgv(['start-server', 'app.ts', '--access-log'], { EXPRESS_PORT: '81', PORT: '82' })).toBe(
      'express setup-server app.ts --port 81 --access-log',
    );
  });

  test('has variables in place of secrets, which must be set to run it', () => {
    const command = describeArgv(['start-server', '--setenv', 'TOKEN', 'hunter2', '--env', 'KEY', "'$x"]);
    expect(command).toBe("express setup-server --setenv TOKEN '${SECRET_TOKEN}' --env KEY '${SECRET_KEY}'");
    expect(() => describeArgv(split(command))).toThrow(
      expect.objectContaining({ code: 'ERR_CLI_VARIABLE', message: expect.stringContaining('SECRET_TOKEN') }),
    );
  });

  test('means the same when a shell reads it', () => {
    const odd = `/a 'b' "c" $d %e \\f ü`;
    const argv = ['setup-server', odd, '--document-root', odd, '--url-alias', '/s t', odd, '--no-access-log'];
    const once = split(describeArgv(argv));
    expect(once).toEqual(expect.arrayContaining([odd, '--url-alias', '/s t', '--no-access-log']));
    expect(split(describeArgv(once))).toEqual(once);
  });
});
