import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { parseCommandLine } from '../src/command-line.ts';

const parsed: readonly (readonly [
  title: string,
  argv: readonly string[],
  operands: readonly string[],
  values: object,
])[] = [
  ['an app before its options', ['start-server', 'app.ts', '--port', '80'], ['app.ts'], { port: ['80'] }],
  ['an app after its options', ['start-server', '--port', '80', 'app.ts'], ['app.ts'], { port: ['80'] }],
  [
    'an app between a pair and an option',
    ['start-server', '--url-alias', '/static', './htdocs', 'app.ts', '--port=80'],
    ['app.ts'],
    { urlAlias: ['/static\0./htdocs'], port: ['80'] },
  ],
  [
    'a pair that is repeated',
    ['start-server', '--setenv', 'A', '1', '--setenv', 'B', ''],
    [],
    { setenv: ['A\x001', 'B\0'] },
  ],
  [
    'a pair whose first value is attached',
    ['start-server', '--setenv=A', '1', 'app.ts'],
    ['app.ts'],
    { setenv: ['A\x001'] },
  ],
  ['an alias under its canonical key', ['start-server', '--threads', '7'], [], { concurrency: ['7'] }],
  ['a value with an equals sign', ['start-server', '--locale=a=b'], [], { locale: ['a=b'] }],
  ['a value on several lines', ['start-server', '--locale', 'a\nb'], [], { locale: ['a\nb'] }],
  ['a value that begins with a dash', ['start-server', '--locale', '-x'], [], { locale: ['-x'] }],
  [
    'an attached value that is the name of an option',
    ['start-server', '--locale=--port'],
    [],
    { locale: ['--port'] },
  ],
  ['a switch', ['start-server', '--access-log', 'app.ts'], ['app.ts'], { accessLog: ['on'] }],
  ['the undoing of a switch', ['start-server', '--no-access-log'], [], { accessLog: ['off'] }],
  [
    'an app that looks like an option, after --',
    ['start-server', '--port', '80', '--', '--app.ts'],
    ['--app.ts'],
    { port: ['80'] },
  ],
  [
    'every value of an option that is repeated by mistake',
    ['start-server', '--port', '1', '--port', '2'],
    [],
    { port: ['1', '2'] },
  ],
];

const refused: readonly (readonly [
  title: string,
  argv: readonly string[],
  code: string,
  message: string,
  hint?: string,
])[] = [
  ['no command', [], 'ERR_CLI_NO_COMMAND', 'no command was given'],
  ['only an option', ['--port', '80'], 'ERR_CLI_NO_COMMAND', 'no command was given'],
  ['help of an unknown command', ['help', 'bogus'], 'ERR_CLI_UNKNOWN_ARGUMENT', "unknown command 'bogus'"],
  ['--help of nothing', ['--hlep'], 'ERR_CLI_NO_COMMAND', 'no command was given'],
  [
    'an unknown command',
    ['start-serve'],
    'ERR_CLI_UNKNOWN_ARGUMENT',
    "unknown command 'start-serve'",
    'did you mean start-server?',
  ],
  [
    'an unknown option',
    ['start-server', '--prot', '80'],
    'ERR_CLI_UNKNOWN_ARGUMENT',
    "unknown option '--prot'",
    'did you mean --port?',
  ],
  [
    'an unknown option with its value',
    ['start-server', '--prot=80'],
    'ERR_CLI_UNKNOWN_ARGUMENT',
    "unknown option '--prot'",
    'did you mean --port?',
  ],
  [
    'an option of another command',
    ['start-server', '--json'],
    'ERR_CLI_UNKNOWN_ARGUMENT',
    "unknown option '--json'",
  ],
  [
    'two apps',
    ['start-server', 'a.ts', 'b.ts'],
    'ERR_CLI_UNKNOWN_ARGUMENT',
    'unexpected argument b.ts: start-server takes 1, which is a.ts',
  ],
  [
    'an argument of a command that takes none',
    ['detect-httpd', 'a.ts'],
    'ERR_CLI_UNKNOWN_ARGUMENT',
    'unexpected argument a.ts: detect-httpd takes none',
  ],
  [
    'an option of another command with its value',
    ['detect-httpd', '--port', '80'],
    'ERR_CLI_UNKNOWN_ARGUMENT',
    "unknown option '--port'",
  ],
  [
    'a missing value',
    ['start-server', '--port'],
    'ERR_CLI_OPTION_SHAPE',
    '--port takes a value, <number>, but none was given',
  ],
  [
    'an option in place of a value',
    ['start-server', '--host', '--port', '80'],
    'ERR_CLI_OPTION_SHAPE',
    '--host takes a value',
  ],
  [
    'the undoing of a switch in place of a value',
    ['start-server', '--host', '--no-access-log'],
    'ERR_CLI_OPTION_SHAPE',
    '--host takes a value',
  ],
  [
    'half a pair',
    ['start-server', '--url-alias', '/static'],
    'ERR_CLI_OPTION_SHAPE',
    'takes two values, <url-path> <path>, but only /static was given',
  ],
  [
    'half a pair before an option',
    ['start-server', '--setenv', 'A', '--port', '80'],
    'ERR_CLI_OPTION_SHAPE',
    'only A was given',
  ],
  [
    'half a pair before --',
    ['start-server', '--setenv', 'A', '--', 'b'],
    'ERR_CLI_OPTION_SHAPE',
    'only A was given',
  ],
  [
    'a switch with a value',
    ['start-server', '--access-log=off'],
    'ERR_CLI_OPTION_SHAPE',
    '--access-log is a switch',
    '--no-access-log switches it off',
  ],
];

describe('the command line', () => {
  test.each(parsed)('reads %s', (_title, argv, operands, values) => {
    expect(parseCommandLine(argv)).toEqual({ name: 'start-server', operands, values });
  });

  test.each(refused.map(([title, argv, code, message, hint]) => ({ title, argv, code, message, hint })))(
    'refuses $title',
    (row) => {
      const { argv, code, message, hint } = row;
      const attempt = () => parseCommandLine(argv);
      expect(attempt).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
      if (hint !== undefined) expect(attempt).toThrow(expect.objectContaining({ hint }));
    },
  );
});

describe('--help', () => {
  let output = '';
  beforeEach(() => {
    output = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      output += String(text);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test('of the program lists the commands people use, and only those', () => {
    expect(parseCommandLine(['--help'])).toEqual({ name: 'help' });
    for (const command of ['start-server', 'setup-server', 'detect-httpd', 'install-httpd'])
      expect(output).toContain(`  ${command}`);
    expect(output).not.toMatch(/^ {2}(run|control) /m);
  });

  test('of a command shows its options under their headings, with defaults', () => {
    expect(parseCommandLine(['start-server', '--help'])).toEqual({ name: 'help' });
    expect(parseCommandLine(['help', 'start-server'])).toEqual({ name: 'help' });
    const text = output.replace(/\s+/g, ' ');
    expect(text).toMatch(
      /Network: .*--port <number> Port to listen on\. \(default: 8000\) \(env: EXPRESS_PORT, PORT\)/,
    );
    expect(text).toMatch(/Static files: .*--url-alias <url-path> <path>/);
    expect(output).not.toMatch(/--no-[a-z]/);
  });
});
