import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { runExpress } from '../support/express-command.ts';
import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const cli = path.join(import.meta.dirname, '../../packages/cli');
const isRoot = process.geteuid?.() === 0;

let directory: ReturnType<typeof createTemporaryDirectory>;
beforeAll(() => {
  directory = createTemporaryDirectory();
});
afterAll(() => {
  directory.remove();
});

function write(name: string, text: string, mode = 0o644): string {
  const file = path.join(directory.path, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

describe('beside an app', () => {
  let server: ExpressServer;
  let ownLog: string;

  beforeAll(async () => {
    const app = write(
      'app.mjs',
      'export default (req, res) => res.end(`app ${req.url} ${process.env.FROM_SCRIPT}`);\n',
    );
    const mailer = write(
      'mailer.ts',
      `const greeting: string = 'mailer';
console.log(greeting, process.getuid?.(), process.env['EXPRESS_SERVICE'], process.env['FROM_SCRIPT']);
console.error('one\\n[core:error] two');
process.on('SIGTERM', () => { console.log('asked to stop'); process.exit(0); });
setInterval(() => undefined, 1000);
`,
    );
    const flaky = write(
      'flaky.mjs',
      "console.log('flaky began', process.pid); setTimeout(() => process.exit(7), 50);\n",
    );
    const htdocs = path.join(directory.path, 'htdocs');
    mkdirSync(htdocs);
    write(
      'htdocs/hello.cgi',
      '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\nfrom cgi $QUERY_STRING"\n',
      0o755,
    );
    write('htdocs/hello.cgi.txt', 'plain text', 0o755);
    write('htdocs/page.shout', 'quiet words');
    const shout = write(
      'shout.ts',
      `import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { currentRequest } from 'httpd-express/worker';
export default (req: IncomingMessage, res: ServerResponse): void => {
  const file = currentRequest()?.variables['SCRIPT_FILENAME'] ?? '';
  res.end(\`\${req.url} \${readFileSync(file, 'utf8').toUpperCase()}\`);
};
`,
    );
    mkdirSync(path.join(directory.path, 'node_modules'));
    symlinkSync(cli, path.join(directory.path, 'node_modules/httpd-express'));
    const script = write('vars.sh', 'FROM_SCRIPT=sourced; export FROM_SCRIPT\n');
    ownLog = path.join(directory.path, 'mailer.log');
    server = await ExpressServer.start([
      app,
      ...['--document-root', htdocs, '--with-cgi', '--envvars-script', script, '--passenv', 'FROM_SCRIPT'],
      ...['--service-script', 'mailer', mailer, '--service-log-file', 'mailer', ownLog],
      ...['--service-script', 'flaky', flaky],
      ...['--add-handler', '.shout', shout],
      ...(isRoot ? ['--service-user', 'mailer', 'nobody'] : []),
    ]);
  });

  test('a service in TypeScript runs, with an account, an environment and a log of its own', async () => {
    await waitFor(() => existsSync(ownLog) && readFileSync(ownLog, 'utf8').includes('two'), {
      within: 10_000,
      what: 'what the service prints',
    });
    const text = readFileSync(ownLog, 'utf8');
    const uid = isRoot ? 65534 : (process.getuid?.() ?? 0);
    expect(text).toMatch(
      new RegExp(
        `^\\[\\S+Z\\] \\[service:info\\] \\[pid \\d+\\] \\[mailer\\] mailer ${uid} mailer sourced$`,
        'm',
      ),
    );
    expect(text).toMatch(/^\[\S+Z\] \[service:error\] \[pid \d+\] \[mailer\] one$/m);
    expect(text).not.toMatch(/^\[core:error\]/m);
  });

  test('a service that ends is started again, ever later', async () => {
    await waitFor(() => (server.errorLog.match(/flaky began/g)?.length ?? 0) >= 3, {
      within: 10_000,
      what: 'three starts',
    });
    expect(server.errorLog).toMatch(
      /the service flaky ended with status 7; starting the service flaky again delayMs=0/,
    );
    expect(server.errorLog).toMatch(/starting the service flaky again delayMs=250/);
  });

  test('services are in express status', async () => {
    const { stdout } = await runExpress(['status', '--server-root', server.serverRoot]);
    expect(stdout).toMatch(/^service mailer running pid=\d+$/m);
    expect(stdout).toMatch(/^service flaky (running|waiting|starting)/m);
  });

  test('files that end in .cgi are programs, others and the app are not concerned', async () => {
    expect((await request(`${server.url}/hello.cgi?x=1`)).text).toBe('from cgi x=1');
    expect((await request(`${server.url}/hello.cgi.txt`)).text).toBe('plain text');
    expect((await request(`${server.url}/other.cgi`)).text).toBe('app /other.cgi sourced');
  });

  test('files with an extension that has a handler are answered by its script', async () => {
    expect((await request(`${server.url}/page.shout?x`)).text).toBe('/page.shout?x QUIET WORDS');
    expect((await request(`${server.url}/none.shout`)).text).toBe('app /none.shout sourced');
  });

  test('services end with the server, and are asked first', async () => {
    await server.stop();
    expect(readFileSync(ownLog, 'utf8')).toContain('asked to stop');
  });
});

test.each([
  [['--service-script', 'a', '/nonexistent.ts'], 'no such file'],
  [['--service-script', 'a b', 'x.mjs'], 'a name of letters'],
  [['--service-script', 'a', 'FILE', '--service-script', 'a', 'FILE'], 'names two services alike'],
  [['--service-user', 'b', 'nobody'], 'needs --service-script b FILE'],
  [['--service-script', 'a', 'FILE', '--service-user', 'a', 'nosuchuser'], 'nosuchuser'],
  [
    ['--service-script', 'a', 'FILE', '--service-log-file', 'a', '/nonexistent/log'],
    'no such file or directory',
  ],
  [['--passenv', 'A B'], 'a variable name'],
  [['--envvars-script', 'OPEN'], 'can be written to by others'],
])('%j is refused', async (args, message) => {
  const files: Record<string, string> = { FILE: write('service.mjs', ''), OPEN: write('open.sh', '', 0o666) };
  const root = path.join(directory.path, 'none');
  const { status, stderr } = await runExpress([
    'setup-server',
    '--server-root',
    root,
    ...args.map((argument) => files[argument] ?? argument),
  ]);
  expect(stderr).toContain(message);
  expect(status).toBeGreaterThan(0);
  expect(existsSync(root)).toBe(false);
});
