import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { runProgram } from '../support/run-program.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';

/** What means something in URLs, in shells, in httpd's configuration and in its piped commands. */
const NAME = `it's a "place" $HOME;x #%41 ü`;

let directory: ReturnType<typeof createTemporaryDirectory>;
let place: string;
let app: string;

beforeAll(() => {
  directory = createTemporaryDirectory();
  place = path.join(directory.path, NAME);
  copyPrograms();
  app = path.join(place, 'app.ts');
  writeFileSync(app, APP);
  writeFileSync(path.join(place, '.env'), 'GREETING=from .env\n');
});
afterAll(() => {
  directory.remove();
});

const APP = `
import { processGroup } from 'httpd-express/worker';
enum Kind { Typed = 'typed' }
export default (req, res) => res.end([Kind.Typed, process.env.GREETING, process.cwd(), typeof processGroup].join('|'));
`;

test('the programs, the app, its directory and the server root may have names of any kind', async () => {
  const serverRoot = path.join(place, 'root');
  const server = await ExpressServer.start([app, '--access-log', '--access-log-format', 'json'], {
    cwd: place,
    program: path.join(place, 'packages/cli/bin/express.js'),
    serverRoot,
  });
  try {
    expect((await request(`${server.url}/`)).text).toBe(`typed|from .env|${place}|string`);
    const apachectl = path.join(serverRoot, 'apachectl');
    expect(await runProgram(apachectl, ['configtest'])).toMatchObject({ status: 0 });
    expect(await runProgram(apachectl, ['graceful'])).toMatchObject({ status: 0 });
    expect((await request(`${server.url}/`)).status).toBe(200);
    expect(await runProgram(apachectl, ['stop'])).toMatchObject({ status: 0 });
  } finally {
    await server.stop();
  }
});

/** The packages as they are built, with the libraries of this repository. */
function copyPrograms(): void {
  const repository = path.join(import.meta.dirname, '../..');
  mkdirSync(place);
  chmodSync(place, 0o755);
  cpSync(path.join(repository, 'packages'), path.join(place, 'packages'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !/\/packages\/\w+\/(?:src|test)$/.test(file),
  });
  symlinkSync(path.join(repository, 'node_modules'), path.join(place, 'node_modules'));
}
