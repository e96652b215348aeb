/** What a person can get wrong: each is refused with one message that names the value and the remedy, and changes nothing. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { isRoot, noUnprivileged, unprivileged } from '../support/accounts.ts';
import { type CommandOptions, type CommandResult, ExpressCommand } from '../support/express-command.ts';
import { ExpressServer } from '../support/express-server.ts';
import { findProcesses } from '../support/find-processes.ts';
import { findFreePort } from '../support/free-port.ts';
import { request } from '../support/http-request.ts';
import { describeTree, runRefused } from '../support/refused-start.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const ANSWER = `export default (_req: unknown, res: { end(text: string): void }) => res.end('answered');\n`;

let temporary: ReturnType<typeof createTemporaryDirectory>;
/** What the user has: nothing in it may change. */
let files: string;
let serverRoot: string;
let port: number;

beforeEach(async () => {
  temporary = createTemporaryDirectory();
  files = path.join(temporary.path, 'files');
  serverRoot = path.join(temporary.path, 'root');
  mkdirSync(files);
  port = await findFreePort();
});

afterEach(() => {
  temporary.remove();
});

/** Writes a file of the user's and answers its path. */
function write(name: string, text: string, mode = 0o644): string {
  const file = path.join(files, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
  chmodSync(file, mode);
  return file;
}

/** `start-server` with a port and a server root of its own, which must be refused. */
async function refuse(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return runRefused({
    args: ['start-server', '--host=127.0.0.1', `--port=${port}`, `--server-root=${serverRoot}`, ...args],
    untouched: [files],
    serverRoot,
    ...options,
  });
}

/** The same for a server root that exists and must stay as it is. */
async function refuseWithoutWriting(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const before = describeTree(serverRoot);
  const result = await refuse(args, options);
  expect(describeTree(serverRoot)).toEqual(before);
  return result;
}

function expectAll(text: string, parts: readonly (string | RegExp)[]): void {
  for (const part of parts) expect(text).toMatch(typeof part === 'string' ? escape(part) : part);
}

function escape(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}

describe('an app that cannot be found', () => {
  test('is named when it is missing', async () => {
    const result = await refuseWithoutWriting([path.join(files, 'nope.ts')]);
    expect(result.status).toBe(2);
    expectAll(result.stderr, [
      `${files}/nope.ts: no such file or directory`,
      /^express: hint: .*--application-type module/m,
    ]);
    expect(existsSync(serverRoot)).toBe(false);
  });

  test('is named when it is a directory', async () => {
    const result = await refuseWithoutWriting([files]);
    expect(result.status).toBe(2);
    expectAll(result.stderr, [`${files}: expected a file, this is a directory`, '--application-type static']);
    expect(existsSync(serverRoot)).toBe(false);
  });

  test('is named when it may not be read', async () => {
    if (isUnprivilegedMissing()) return;
    const result = await refuseWithoutWriting([write('secret.ts', ANSWER, 0o000)], unprivileged);
    expect(result.status).toBe(2);
    expectAll(result.stderr, [`${files}/secret.ts: permission denied`]);
    expect(existsSync(serverRoot)).toBe(false);
  });
});

describe('an app that does not start', () => {
  interface BrokenApp {
    readonly title: string;
    readonly text: string;
    readonly name?: string;
    readonly options?: readonly string[];
    readonly says: readonly (string | RegExp)[];
  }

  const brokenApps: readonly BrokenApp[] = [
    {
      title: 'throws while it loads: its own line of TypeScript is shown',
      text: `interface Settings {\n  readonly url: string;\n}\n\nfunction connect(settings: Settings): never {\n  throw new TypeError('no database at ' + settings.url);\n}\nconnect({ url: 'db:1' });\n`,
      says: ['cannot load the app FILE: it threw TypeError: no database at db:1', 'FILE:6:9', 'FILE:8:1'],
    },
    {
      title: 'throws after it wrote why: what it wrote is shown',
      text: `console.error('licence expired yesterday');\nthrow new Error('cannot go on');\n`,
      says: ['it threw Error: cannot go on', 'licence expired yesterday', 'FILE:2:7'],
    },
    {
      title: 'throws something that is no Error',
      text: `throw 'a string';\n`,
      says: ['cannot load the app FILE: it threw', 'a string'],
    },
    {
      title: 'has a syntax error',
      text: `export default (req, res => {\n`,
      says: ['cannot load the app FILE', 'FILE:2:0', 'Unexpected end of file'],
    },
    {
      title: 'imports a file that is missing',
      text: `import './nowhere.ts';\n`,
      says: ['cannot load the app FILE', './nowhere.ts'],
    },
    {
      title: 'imports a package that is missing',
      text: `import 'not-installed-anywhere';\n`,
      says: ['cannot load the app FILE', 'not-installed-anywhere'],
    },
    {
      title: 'never becomes ready',
      name: 'app.mts',
      text: `await new Promise((resolve) => setTimeout(resolve, 600_000));\n`,
      options: ['--startup-timeout=1'],
      says: ['FILE was not ready within 1 s', /^express: hint: .*--startup-timeout/m],
    },
    {
      title: 'blocks while it loads',
      text: `for (;;);\n`,
      options: ['--startup-timeout=1'],
      says: ['FILE was not ready within 1 s', '--startup-timeout'],
    },
    {
      title: 'waits for something that never happens',
      name: 'app.mts',
      text: `await new Promise(() => undefined);\n`,
      says: ['cannot load the app FILE', 'top-level await'],
    },
    {
      title: 'exports nothing usable: the exports are listed',
      name: 'app.mts',
      text: `export const answer = 42;\nexport const settings = { url: 'x' };\n`,
      says: [
        'cannot find an app in FILE',
        'answer',
        'settings',
        /^express: hint: .*export the app as default/m,
      ],
    },
    {
      title: 'lacks the export that was asked for: the exports are listed',
      name: 'app.mts',
      text: ANSWER.replace('default', 'const handle =').replace(/$/, 'export const other = 1;\n'),
      options: ['--callable-object=wanted'],
      says: ['cannot find the export wanted in FILE', 'handle', 'other', '--callable-object'],
    },
    {
      title: 'has an export of the wrong kind',
      name: 'app.mts',
      text: `export const wanted = 42;\n`,
      options: ['--callable-object=wanted'],
      says: ['cannot serve the export wanted of FILE', 'it is a number'],
    },
    {
      title: 'ends itself with a status: the status and what it wrote are shown',
      text: `console.error('port of the database is closed');\nprocess.exit(3);\n`,
      says: [
        'FILE ended before it was ready: exit status 3',
        'port of the database is closed',
        /^express: hint: /m,
      ],
    },
    {
      title: 'ends itself with status 0',
      text: `process.exit(0);\n`,
      says: ['FILE ended before it was ready: exit status 0', /^express: hint: /m],
    },
    {
      title: 'kills itself',
      text: `process.kill(process.pid, 'SIGKILL');\nsetInterval(() => undefined, 1000);\n`,
      says: ['FILE ended before it was ready: SIGKILL'],
    },
  ];

  test.each(brokenApps)('$title', async ({ text, name = 'app.ts', options = [], says }) => {
    const file = write(name, text);
    const { status, stderr } = await refuse([file, ...options]);
    expect(status).toBe(1);
    expectAll(
      stderr,
      says.map((part) => (typeof part === 'string' ? part.replace('FILE', file) : part)),
    );
    // Said once: not by the worker, the bridge and the log as well.
    for (const line of stderr.split('\n').filter((each) => each.trim() !== ''))
      expect(stderr.split(line.trim()).length - 1).toBe(1);
    expect(readFileSync(path.join(serverRoot, 'error_log'), 'utf8')).not.toBe('');
  });

  test('keeps the whole story in the error log of the next start as well', async () => {
    const file = write('app.ts', `console.error('attempt ' + process.env['ATTEMPT']);\nprocess.exit(1);\n`);
    await refuse([file], { env: { ATTEMPT: 'one' } });
    const { stderr } = await refuse([file], { env: { ATTEMPT: 'two' } });
    expect(stderr).toContain('attempt two');
    expect(stderr).not.toContain('attempt one');
    expectAll(readFileSync(path.join(serverRoot, 'error_log'), 'utf8'), ['attempt one', 'attempt two']);
  });
});

describe('a port', () => {
  test('that is taken is refused with the program that has it', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
    const result = await refuseWithoutWriting([write('app.ts', ANSWER)]).finally(() => holder.close());
    expect(result.status).toBe(1);
    expectAll(result.stderr, [`127.0.0.1:${port}: `, `(pid ${process.pid})`, /^express: hint: .*--port/m]);
    expect(existsSync(serverRoot)).toBe(false);
  });

  test('below 1024 is refused without privileges', async () => {
    if (isUnprivilegedMissing()) return;
    port = 81;
    const result = await refuseWithoutWriting([write('app.ts', ANSWER)], unprivileged);
    expect(result.status).toBe(1);
    expectAll(result.stderr, ['127.0.0.1:81: permission denied', /^express: hint: .*root.*1024/m]);
    expect(existsSync(serverRoot)).toBe(false);
  });

  test('of an address of another machine is refused', async () => {
    const app = write('app.ts', ANSWER);
    const result = await runRefused({
      args: ['start-server', app, '--host', '203.0.113.9', '--server-root', serverRoot],
      untouched: [files, serverRoot],
    });
    expect(result.status).toBe(1);
    expectAll(result.stderr, ['203.0.113.9:8000', /^express: hint: .*--host/m]);
  });
});

describe('an option', () => {
  const inArguments: readonly (readonly [args: string, ...says: (string | RegExp)[]])[] = [
    ['--prot 8001', "unknown option '--prot'", 'did you mean --port?'],
    ['--no-such-thing-at-all', "unknown option '--no-such-thing-at-all'", '--help'],
    ['--port 0', '--port 0: expected a whole number from 1 to 65535'],
    ['--port 65536', '--port 65536: expected a whole number from 1 to 65535'],
    ['--port 80x', '--port 80x: expected a whole number'],
    ['--port', '--port takes a value', 'none was given'],
    ['--port 8001 --port 8002', '--port may be given once', '8001, 8002'],
    ['--host 999.1.1.1', '--host 999.1.1.1: expected an IP address or a host name'],
    ['--processes 0', '--processes 0: expected auto or a whole number from 1 to 512'],
    ['--processes 513', '--processes 513', '512'],
    ['--processes 1.5', '--processes 1.5', 'whole number'],
    ['--concurrency 0', '--concurrency 0', 'whole number from 1'],
    ['--request-timeout -1', '--request-timeout -1', 'a time such as'],
    ['--request-timeout 5x', '--request-timeout 5x', 'a time such as'],
    ['--startup-timeout 999h', '--startup-timeout 999h', 'at most 24 days'],
    ['--limit-request-body 10XB', '--limit-request-body 10XB', 'a size such as'],
    ['--log-level loud', '--log-level loud', 'one of emerg'],
    ['--server-mpm perchild', '--server-mpm perchild', 'event, worker, prefork'],
    ['--application-type wsgi', '--application-type wsgi', 'script, module, config, static'],
    ['--access-log=maybe', '--access-log is a switch', 'maybe', '--no-access-log'],
    ['--url-alias /static', '--url-alias takes two values', 'only /static'],
    ['--url-alias /static . --url-alias', '--url-alias takes two values', 'none was given'],
    ['--setenv NAME', '--setenv takes two values', 'only NAME'],
    ['--setenv 1ST x', '--setenv 1ST ***', 'a variable name'],
    ['--mount-point /a/../b', '--mount-point /a/../b', 'a URL path'],
    ['--directory-index a/b', '--directory-index a/b', 'a file name'],
    ['--document-root /no/such', '--document-root /no/such: no such file or directory'],
    ['--working-directory /no/such', '--working-directory /no/such: no such file or directory'],
    ['--log-directory /no/such', '--log-directory /no/such: no such file or directory'],
    ['--include-file /no/such', '--include-file /no/such: no such file or directory'],
    ['--url-alias /x /no/such', '--url-alias /x /no/such: no such file or directory'],
    ['second.ts', 'second.ts'],
  ];

  test.each(inArguments)('%s is a usage error', async (args, ...says) => {
    const result = await runRefused({
      args: ['start-server', write('app.ts', ANSWER), '--server-root', serverRoot, ...args.split(' ')],
      untouched: [files, serverRoot],
    });
    expect(result.status).toBe(2);
    expectAll(result.stderr, says);
  });

  const inEnvironment: readonly (readonly [variable: string, ...says: (string | RegExp)[]])[] = [
    ['EXPRESS_PORT=0', 'EXPRESS_PORT=0: expected a whole number from 1 to 65535'],
    ['EXPRESS_PORT=http', 'EXPRESS_PORT=http: expected a whole number'],
    ['PORT=70000', 'PORT=70000: expected a whole number from 1 to 65535'],
    ['EXPRESS_HOST=a_b!', 'EXPRESS_HOST=a_b!: expected an IP address'],
    ['EXPRESS_PROCESSES=many', 'EXPRESS_PROCESSES=many: expected auto'],
    ['EXPRESS_REQUEST_TIMEOUT=5x', 'EXPRESS_REQUEST_TIMEOUT=5x', 'a time such as'],
    ['EXPRESS_LIMIT_REQUEST_BODY=10XB', 'EXPRESS_LIMIT_REQUEST_BODY=10XB', 'a size such as'],
    ['EXPRESS_ACCESS_LOG=maybe', 'EXPRESS_ACCESS_LOG=maybe: expected on or off'],
    ['EXPRESS_LOG_LEVEL=loud', 'EXPRESS_LOG_LEVEL=loud', 'one of emerg'],
    ['EXPRESS_URL_ALIAS=/static', 'EXPRESS_URL_ALIAS=/static', '='],
    ['EXPRESS_SETENV=NAME', 'EXPRESS_SETENV=***', '='],
    ['EXPRESS_DOCUMENT_ROOT=/no/such', 'EXPRESS_DOCUMENT_ROOT', '/no/such', 'no such file or directory'],
    ['EXPRESS_SERVER_ROOT=/a\nb', 'EXPRESS_SERVER_ROOT', 'without line breaks'],
  ];

  test.each(inEnvironment)('%j is a usage error', async (variable, ...says) => {
    const at = variable.indexOf('=');
    const env = { EXPRESS_SERVER_ROOT: serverRoot, [variable.slice(0, at)]: variable.slice(at + 1) };
    const result = await runRefused({
      args: ['start-server', write('app.ts', ANSWER)],
      env,
      untouched: [files, serverRoot],
    });
    expect(result.status).toBe(2);
    expectAll(result.stderr, says);
  });

  test.each([
    [[], 'no command was given'],
    [['start-servr', 'app.ts'], 'did you mean start-server?'],
    [['--nonsense'], 'no command was given'],
    [['setup-server', '--port'], '--port takes a value'],
    [['detect-httpd', '--port', '1'], "unknown option '--port'"],
    [['detect-httpd', 'app.ts'], 'app.ts'],
  ] as const)('of the command line %j is a usage error', async (args, says) => {
    const { status, stderr } = await runRefused({ args });
    expect(status).toBe(2);
    expectAll(stderr, [says]);
  });

  test('that is nearly a variable of ours is pointed out, and does not keep the server from starting', async () => {
    const server = await ExpressServer.start([write('app.ts', ANSWER)], {
      env: { EXPRESS_PROCESES: '3', EXPRESS_SESSION_SECRET: 'of the app' },
    });
    const { stderr } = await server.stop();
    expectAll(stderr, ['EXPRESS_PROCESES', 'EXPRESS_PROCESSES']);
    expect(stderr).not.toContain('EXPRESS_SESSION_SECRET');
  });
});

describe('a control character', () => {
  const pathOptions = [
    '--document-root',
    '--working-directory',
    '--server-root',
    '--log-directory',
    '--include-file',
    '--httpd-executable',
    '--modules-directory',
    '--url-alias=/x',
    '--url-alias',
    '--setenv=NAME',
    '--mount-point',
    '--directory-index',
    '--locale',
    '--user',
    '--host',
    '--process-group',
    '--callable-object',
    '--entry-point',
  ];

  test.each(pathOptions)('is refused in %s', async (option) => {
    const values = option === '--url-alias' ? ['/a\nb', files] : ['/a\nServerTokens Full\n'];
    const result = await refuseWithoutWriting([write('app.ts', ANSWER), option, ...values].filter(Boolean));
    expect(result.status).toBe(2);
    // A secret is not shown.
    const shown = option === '--setenv=NAME' ? '--setenv NAME ***' : String.raw`\n`;
    expectAll(result.stderr, [option.split('=')[0] ?? '', shown]);
    expect(existsSync(serverRoot)).toBe(false);
  });

  test.each(['\n', '\r', '\t', '\x7f', '\x1b'])('%j is refused in the path of the app', async (character) => {
    const result = await refuseWithoutWriting([write(`a${character}b.ts`, ANSWER)]);
    expect(result.status).toBe(2);
    expectAll(result.stderr, ['control characters']);
    expect(result.stderr.replaceAll('\n', '')).not.toMatch(/[\x00-\x1f\x7f]/);
  });

  test('in the current directory is refused where a path would come from it', async () => {
    const cwd = path.join(files, 'a\nb');
    mkdirSync(cwd);
    writeFileSync(path.join(cwd, 'app.ts'), ANSWER);
    const result = await refuseWithoutWriting(['app.ts'], { cwd });
    expect(result.status).toBe(2);
    expectAll(result.stderr, ['control characters']);
  });
});

describe('an unusual character in every path', () => {
  test.each([
    ['a space', 'a b'],
    ['a double quote', 'a"b'],
    ['a single quote', "a'b"],
    ['a percent sign', 'a%b %{HOME}e'],
    ['an encoded percent sign', 'a%20b'],
    ['a dollar sign', 'a$b $HOME'],
    ['a variable', 'a${HOME}b'],
    ['a backslash', 'a\\b\\'],
    ['a number sign', 'a#b'],
    ['wildcards', 'a*b[c]'],
    ['an angle bracket and a bar', 'a<b>c|d'],
    ['a semicolon and an ampersand', 'a;b&c'],
    ['text beyond ASCII', 'añ日本🙂'],
    ['a leading dash', '-a'],
  ])('%s is served', async (_title, odd) => {
    const directory = path.join(files, odd);
    const app = write(
      `${odd}/${odd}.ts`,
      `export default (req: { url: string }, res: { end(text: string): void }) =>\n  res.end(JSON.stringify({ cwd: process.cwd(), file: import.meta.filename ?? __filename, url: req.url }));\n`,
    );
    write(`${odd}/docs/${odd}.txt`, 'a document');
    write(`${odd}/static/${odd}.txt`, 'a static file');
    const server = await ExpressServer.start(
      [
        ...[`--document-root=${directory}/docs`, `--working-directory=${directory}`],
        ...[
          `--url-alias=/static`,
          `${directory}/static`,
          `--url-alias=/one`,
          `${directory}/static/${odd}.txt`,
        ],
        app,
      ].map((argument) => argument.replaceAll('${', () => '$${')),
      { serverRoot: path.join(temporary.path, odd) },
    );
    try {
      const name = encodeURIComponent(`${odd}.txt`);
      const [fromApp, document, aliased, single] = await Promise.all(
        ['/app', `/${name}`, `/static/${name}`, '/one'].map(async (target) =>
          request(server.url, { path: target }),
        ),
      );
      expect(JSON.parse(fromApp?.text ?? '')).toEqual({ cwd: directory, file: app, url: '/app' });
      expect([document?.text, aliased?.text, single?.text]).toEqual([
        'a document',
        'a static file',
        'a static file',
      ]);
    } finally {
      expect((await server.stop()).status).toBe(0);
    }
  });
});

describe('a server root', () => {
  let app: string;

  beforeEach(() => {
    app = write('app.ts', ANSWER);
  });

  test('that holds files of the user is refused and they stay', async () => {
    mkdirSync(serverRoot, { mode: 0o700 });
    writeFileSync(path.join(serverRoot, 'httpd.conf'), 'mine');
    writeFileSync(path.join(serverRoot, 'settings.json'), '{"generator":"somebody"}');
    const result = await refuseWithoutWriting([app]);
    expect(result.status).toBe(1);
    expectAll(result.stderr, [serverRoot, 'not made by', /^express: hint: .*--server-root/m]);
  });

  test('that is a symbolic link is refused, also with a slash behind', async () => {
    const target = path.join(temporary.path, 'target');
    mkdirSync(target, { mode: 0o700 });
    symlinkSync(target, serverRoot);
    const linked = await refuseWithoutWriting([app]);
    serverRoot += '/';
    const slashed = await refuseWithoutWriting([app]);
    for (const { status, stderr } of [linked, slashed]) {
      expect(status).toBe(1);
      expectAll(stderr, [path.join(temporary.path, 'root'), 'symbolic link', '--server-root']);
    }
    expect(Object.keys(describeTree(target))).toEqual(['']);
  });

  test('that is a file is refused', async () => {
    writeFileSync(serverRoot, 'mine');
    const { status, stderr } = await refuseWithoutWriting([app]);
    expect(status).toBe(1);
    expectAll(stderr, [serverRoot, 'is not a directory', '--server-root']);
  });

  test('whose parent is missing is refused', async () => {
    serverRoot = path.join(temporary.path, 'missing/root');
    const { status, stderr } = await refuseWithoutWriting([app]);
    expect(status).toBe(1);
    expectAll(stderr, [serverRoot, 'no such file or directory', /^express: hint: /m]);
  });

  test('where there is no room for a file is reported with the file', async () => {
    // In units of 512 bytes; Node does not heed the signal that comes with it.
    const launcher = ['sh', '-c', 'ulimit -f 1; exec "$@"', 'sh'];
    const { status, stderr } = await refuse([app], { launcher });
    expect(status).toBe(1);
    expectAll(stderr, [`cannot write ${serverRoot}/`, 'EFBIG']);
  });

  test('whose parent cannot be written to is refused', async () => {
    if (isUnprivilegedMissing()) return;
    const parent = path.join(temporary.path, 'closed');
    mkdirSync(parent);
    chmodSync(parent, isRoot ? 0o755 : 0o555);
    serverRoot = path.join(parent, 'root');
    const { status, stderr } = await refuseWithoutWriting([app], unprivileged);
    expect(status).toBe(1);
    expectAll(stderr, [serverRoot, 'permission denied']);
  });

  test('that makes the paths of sockets too long is refused', async () => {
    serverRoot = path.join(temporary.path, 'x'.repeat(90));
    const { status, stderr } = await refuseWithoutWriting([app]);
    expect(status).toBe(1);
    expectAll(stderr, [
      serverRoot,
      `${serverRoot.length} bytes`,
      /^express: hint: .*shorter.*--server-root/m,
    ]);
    expect(existsSync(serverRoot)).toBe(false);
  });

  test('that others can write to is refused', async () => {
    mkdirSync(serverRoot);
    chmodSync(serverRoot, 0o777);
    const { status, stderr } = await refuseWithoutWriting([app]);
    expect(status).toBe(1);
    expectAll(stderr, [serverRoot, 'can be written to by others (mode 777)', '--server-root']);
  });

  test('in which a server runs is refused, and that server goes on', async () => {
    const server = await ExpressServer.start([app]);
    try {
      serverRoot = server.serverRoot;
      const { status, stderr } = await runRefused({
        args: ['start-server', `--port=${port}`, '--host=127.0.0.1', `--server-root=${serverRoot}`, app],
        untouched: [files, path.join(serverRoot, 'httpd.conf'), path.join(serverRoot, 'settings.json')],
      });
      expect(status).toBe(1);
      expectAll(stderr, [serverRoot, `already running (pid ${server.command.child.pid})`, 'apachectl stop']);
      expect((await request(server.url)).text).toBe('answered');
    } finally {
      await server.stop();
    }
  });

  test('of ours keeps its files when the new configuration is wrong', async () => {
    const setUp = new ExpressCommand(['setup-server', `--port=${port}`, `--server-root=${serverRoot}`, app]);
    expect((await setUp.exited).status).toBe(0);
    const { stderr } = await refuseWithoutWriting([
      app,
      '--include-file',
      write('wrong.conf', 'NoSuchDirective on\n'),
    ]);
    expectAll(stderr, ['NoSuchDirective', 'wrong.conf']);
  });
});

describe('an httpd', () => {
  let app: string;
  const system = ['/usr/sbin/apache2', '/usr/sbin/httpd', '/usr/bin/httpd'].find((file) => existsSync(file));

  beforeEach(() => {
    app = write('app.ts', ANSWER);
  });

  /** A program in the place of httpd; `real` is one that works. */
  function fake(script: string): string {
    return write('httpd', `#!/bin/sh\nreal=${system ?? 'no-httpd'}\n${script}\n`, 0o755);
  }

  test.each([
    ['is missing', 2, (): string => path.join(files, 'missing'), ['no such file', 'install-httpd']],
    ['is a directory', 2, (): string => files, ['--httpd-executable', 'expected an executable file']],
    ['is not executable', 2, (): string => write('httpd', 'text'), ['permission denied', 'executable']],
    ['is not httpd', 2, (): string => fake('echo hello'), ['is not an Apache httpd', 'hello', '/usr/sbin/']],
    [
      'is too old',
      1,
      (): string => fake(`exec $real "$@" | sed 's/2\\.4\\.[0-9]*/2.4.6/'`),
      ['2.4.6', /2\.4\.\d\d/],
    ],
    [
      'lacks modules',
      1,
      (): string => fake('exec $real "$@"'),
      ['mod_proxy_fcgi', 'mod_rewrite'],
      ['--modules-directory'],
    ],
    ['hangs', 1, (): string => fake('exec sleep 600'), ['did not end within 5 s']],
    ['crashes', 1, (): string => fake('kill -SEGV $$'), ['SIGSEGV']],
  ] as const)(
    'that %s is refused',
    async (_title, expected, arrange, says, options: readonly string[] = []) => {
      const httpd = arrange();
      write('modules/mod_mpm_event.so', '');
      const extra = options.flatMap((option) => [option, path.join(files, 'modules')]);
      const { status, stderr } = await refuseWithoutWriting([app, '--httpd-executable', httpd, ...extra]);
      expect(status).toBe(expected);
      expectAll(stderr, [...(options.length === 0 ? [httpd] : []), ...says]);
      expect(existsSync(serverRoot)).toBe(false);
    },
    15_000,
  );

  test('that the environment names is refused in the same way', async () => {
    const HTTPD = path.join(files, 'missing');
    const { status, stderr } = await refuseWithoutWriting([app], { env: { HTTPD } });
    expect(status).toBe(1);
    expectAll(stderr, [HTTPD, 'does not exist']);
  });

  test('that exists nowhere is refused with the command that installs one', async () => {
    const hide = hideHttpd();
    if (hide === undefined) return;
    const { status, stderr } = await refuseWithoutWriting([app], {
      launcher: hide,
      env: { HOME: files, XDG_DATA_HOME: path.join(files, 'data'), EXPRESS_HTTPD_HOME: '' },
    });
    expect(status).toBe(1);
    expectAll(stderr, ['no httpd found', /^express: hint: .*express install-httpd/m]);
    expect(existsSync(serverRoot)).toBe(false);
  });

  test('that refuses the configuration is quoted with file and line', async () => {
    const include = write('wrong.conf', '# fine\nNoSuchDirective on\n');
    const { status, stderr } = await refuse([app, '--include-file', include]);
    expect(status).toBe(1);
    expectAll(stderr, [`line 2 of ${include}`, "Invalid command 'NoSuchDirective'"]);
    expect(existsSync(path.join(serverRoot, 'httpd.conf'))).toBe(false);
  });

  test('that dies when it starts is quoted with its log', async () => {
    const include = write('dies.conf', 'Listen 203.0.113.9:1\n');
    const { status, stderr } = await refuse([app, '--include-file', include]);
    expect(status).toBe(1);
    expectAll(stderr, [/(apache2|httpd) ended with status 1/, '203.0.113.9:1', `127.0.0.1:${port}`]);
  });
});

describe('apachectl start', () => {
  test('with an app that broke fails with its reason and leaves nothing', async () => {
    const app = write('app.ts', ANSWER);
    const args = ['setup-server', '--host=127.0.0.1', `--port=${port}`, `--server-root=${serverRoot}`, app];
    expect((await new ExpressCommand(args).exited).status).toBe(0);
    writeFileSync(app, `console.error('about to fail');\nthrow new Error('broken meanwhile');\n`);
    const mark = `apachectl-${process.pid}-${port}`;
    const { status, stderr, stdout } = spawnSync(path.join(serverRoot, 'apachectl'), ['start'], {
      encoding: 'utf8',
      env: { ...process.env, TEST_SERVER_MARK: mark },
      timeout: 20_000,
    });
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expectAll(stderr, ['broken meanwhile', 'about to fail', `${app}:2:7`]);
    expect(stderr.match(/express: error:/g)).toHaveLength(1);
    await waitFor(() => findProcesses(mark).length === 0, { within: 2000, what: 'its processes to end' });
    await expect(request(`http://127.0.0.1:${port}`)).rejects.toThrow('ECONNREFUSED');
  });
});

/** A launcher of commands that find no httpd, or undefined, with the reason printed, where there is no such thing. */
function hideHttpd(): readonly string[] | undefined {
  const mounts = ['/usr/sbin', '/usr/local/sbin', '/usr/local/apache2/bin'].filter((place) =>
    existsSync(place),
  );
  const script = `${mounts.map((place) => `mount -t tmpfs none ${place}`).join(' && ')} && exec "$@"`;
  const launcher = ['unshare', isRoot ? '-m' : '-rm', 'sh', '-c', script, 'sh'];
  const { status } = spawnSync(launcher[0] ?? '', [...launcher.slice(1), 'true']);
  if (status === 0) return launcher;
  process.stderr.write('skipped: unshare cannot hide httpd here\n');
  return undefined;
}

function isUnprivilegedMissing(): boolean {
  if (noUnprivileged === undefined) return false;
  process.stderr.write(`skipped: ${noUnprivileged}\n`);
  return true;
}
