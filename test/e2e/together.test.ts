/** What runs beside the app, where other options are in the way. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';

const directory = createTemporaryDirectory();
const at = (name: string) => path.join(directory.path, name);
let server: ExpressServer;

beforeAll(async () => {
  mkdirSync(at('docs'));
  writeFileSync(at('docs/index.html'), 'the page');
  writeFileSync(at('docs/run.cgi'), '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\ncgi"\n', {
    mode: 0o755,
  });
  writeFileSync(at('docs/a.shout'), 'text');
  const answer = (what: string) =>
    `export default (req, res) => res.end(\`${what} \${req.url} \${req.socket.variables.get?.('PASSED') ?? req.socket.variables.PASSED}\`);\n`;
  writeFileSync(at('app.mjs'), answer('app'));
  writeFileSync(at('shout.mjs'), answer('shout'));
  server = await ExpressServer.start(
    [
      ...[at('app.mjs'), '--document-root', at('docs'), '--spa', '--mount-point', '/api', '--with-cgi'],
      ...['--add-handler', '.shout', at('shout.mjs'), '--passenv', 'PASSED'],
    ],
    { env: { PASSED: 'on' } },
  );
}, 60_000);

afterAll(async () => {
  await server.stop();
  directory.remove();
});

test.each([
  ['/users/5', 'the page'],
  ['/api/users/5', 'app /users/5 on'],
  ['/run.cgi', 'cgi'],
  ['/a.shout', /^shout .*a\.shout on$/],
])('with --spa and --mount-point, %s is answered by the right one', async (target, expected) => {
  const { text } = await request(server.url, { path: target, headers: { accept: 'text/html' } });
  expect(text).toMatch(typeof expected === 'string' ? new RegExp(`^${expected}$`) : expected);
});
