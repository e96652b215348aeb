/** `--loader bundle`: the app's own files as one, for every worker of a generation. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const { path: directory, remove } = createTemporaryDirectory();
const write = (name: string, text: string): string => {
  const file = path.join(directory, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const greet = (greeting: string): string =>
  write('greet.ts', `enum Word { Hello = '${greeting}' }\nexport const greet = (): string => Word.Hello;\n`);

write('package.json', '{ "type": "module" }');
greet('hello');
const app = write(
  'app.ts',
  `import type { IncomingMessage, ServerResponse } from 'node:http';
import { greet } from './greet.ts';

export default (req: IncomingMessage, res: ServerResponse): void => {
  res.end(req.url === '/stack' ? new Error(greet()).stack : greet());
};
`,
);

let server: ExpressServer;
const get = async (url: string): Promise<string> => (await request(`${server.url}${url}`)).text;
const bundles = (): string => path.join(server.serverRoot, 'sockets/bundles');

beforeAll(async () => {
  server = await ExpressServer.start([app, '--loader', 'bundle', '--processes', '2', '--reload-on-changes']);
}, 30_000);

afterAll(async () => {
  await server.stop();
  remove();
});

test('a stack has the line and column of the source', async () => {
  expect(await get('/stack')).toContain(`${app}:5:34`);
});

test('one bundle serves all workers, and only their account can read it', () => {
  expect(readdirSync(bundles())).toEqual(['1']);
  const files = readdirSync(path.join(bundles(), '1'));
  expect(files).toEqual(['app.mjs', 'app.mjs.map']);
  expect(statSync(path.join(bundles(), '1')).mode & 0o777).toBe(0o700);
  for (const file of files) expect(statSync(path.join(bundles(), '1', file)).mode & 0o777).toBe(0o600);
});

test('a change of any source makes a new bundle, and one that does not compile changes nothing', async () => {
  greet('good morning');
  await waitFor(async () => (await get('/')) === 'good morning', { within: 10_000, what: 'the change' });
  write('greet.ts', 'export const = ;');
  await waitFor(() => server.errorLog.includes('ERR_WORKER_BUNDLE'), { within: 10_000, what: 'the report' });
  expect(server.errorLog).toContain('greet.ts:1:13: ERROR');
  expect(await get('/')).toBe('good morning');
  expect(readdirSync(bundles())).not.toContain('3');
});

test('nothing is left of it when the server has stopped', async () => {
  expect((await server.stop()).status).toBe(0);
  expect(existsSync(bundles())).toBe(false);
});
