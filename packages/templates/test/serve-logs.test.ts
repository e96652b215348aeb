import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { descendants } from './support/descendants.ts';
import { filesInput } from './support/example-input.ts';
import { describeWithHttpd } from './support/local-httpd.ts';
import { request } from './support/raw-request.ts';
import { serve, temporaryRoot } from './support/serving-httpd.ts';
import { waitFor } from './support/wait-for.ts';

let root: ReturnType<typeof temporaryRoot>;
beforeEach(() => {
  root = temporaryRoot();
});
afterEach(() => {
  root.remove();
});

describeWithHttpd('logs to a terminal that cannot be opened', (build) => {
  // The streams of a child of node are sockets, which /dev/stderr cannot open.
  const input = () =>
    filesInput(root.path, build, {
      logs: {
        level: 'warn',
        error: { kind: 'terminal', stream: 'stderr', openable: false },
        access: { kind: 'terminal', stream: 'stdout', openable: false },
      },
    });

  test('come out of standard output, the last line included, however late they are read', async () => {
    const httpd = await serve(input());
    await request(httpd.port, '/first');
    await waitFor(() => httpd.output().stdout.includes('"GET /first'), {
      within: 5000,
      what: 'the first line',
    });
    await waitFor(() => readersOf(httpd.pid).length === 2, { within: 5000, what: 'the readers' });
    const readers = readersOf(httpd.pid);
    for (const pid of readers) process.kill(pid, 'SIGSTOP');
    await request(httpd.port, '/bad%zz');

    const stopped = Date.now();
    const status = await httpd.stop(() => {
      expect(httpd.output().stdout).not.toContain('/bad%zz');
      for (const pid of readers) process.kill(pid, 'SIGCONT');
    });
    expect(status).toBe(0);
    // httpd kills a reader of the error log that it has waited three seconds for.
    expect(Date.now() - stopped).toBeLessThan(2500);
    const { stdout } = httpd.output();
    expect(stdout).toContain('"GET /bad%zz HTTP/1.1" 400');
    expect(stdout).toContain('invalid URI path (/bad%zz)');
    expect(stdout).toContain('caught SIGTERM');
  });

  test('are read by as many processes after restarts as before', async () => {
    const httpd = await serve(input());
    const starts = () => httpd.output().stdout.split('resuming normal operations').length - 1;
    await waitFor(() => starts() === 1, { within: 5000, what: 'the start' });
    for (const count of [2, 3, 4]) {
      process.kill(httpd.pid, 'SIGUSR1');
      await waitFor(() => starts() === count, { within: 5000, what: `start ${count}` });
    }
    await waitFor(() => readersOf(httpd.pid).length === 2, {
      within: 5000,
      what: 'the end of the old readers',
    });
    await request(httpd.port, '/after');
    expect(await httpd.stop()).toBe(0);
    expect(httpd.output().stdout).toContain('"GET /after');
  });
});

function readersOf(pid: number): number[] {
  return descendants(pid, 'cat');
}

function contains(file: string, text: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').includes(text);
}

/** Names that mean something to httpd's parser, the tokenizer of its commands or a shell; rotatelogs takes no percent. */
const names = [
  'two  spaces',
  "it's",
  `both ' and "`,
  '$HOME ${HOME} $1',
  'back\\slash \\" \\\' \\ ',
  'a;touch x;b&c|d',
  '$(id)`id`',
  '#hash *?[ab]',
  'ünï☃💥',
];

/** As rotatelogs is called: `-n` files, the file, and its size. */
const ROTATELOGS = '#!/bin/sh\n[ "$1 $2 $4" = "-n 3 977K" ] && exec cat >> "$3"\n';

describeWithHttpd('logs that a command writes', (build) => {
  test.each(names)('are files in a directory with %s in its name', async (name) => {
    const directory = path.join(root.path, name);
    mkdirSync(directory);
    const rotatelogsPath = path.join(directory, 'rotatelogs');
    writeFileSync(rotatelogsPath, ROTATELOGS, { mode: 0o755 });
    const rotation = { rotatelogsPath, maxBytes: 1_000_000, maxFiles: 3 };
    const targets = [
      { format: 'json', kind: 'file', path: path.join(directory, `json ${name}`) },
      { format: 'json', kind: 'rotated', path: path.join(directory, `rotated json ${name}`), ...rotation },
      { format: 'common', kind: 'rotated', path: path.join(directory, `rotated ${name}`), ...rotation },
    ] as const;
    for (const { format, ...target } of targets) {
      const httpd = await serve(
        filesInput(directory, build, {
          logs: {
            level: 'warn',
            error: { kind: 'file', path: path.join(directory, 'error_log') },
            access: target,
            accessFormat: format,
          },
        }),
      );
      await request(httpd.port, `/${target.kind}-${format}`);
      await waitFor(() => contains(target.path, `/${target.kind}-${format}`), {
        within: 5000,
        what: `a line in ${target.path}`,
      });
      expect(await httpd.stop()).toBe(0);
    }
    const files = [
      'app',
      'error_log',
      'htdocs',
      'rotatelogs',
      'server',
      ...targets.map(({ path: file }) => path.basename(file)),
    ];
    expect(readdirSync(directory).sort()).toEqual(files.sort());
  });
});
