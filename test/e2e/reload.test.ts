/** New code replaces old code when a file changes, and only when it starts. */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { request } from '../support/http-request.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

let directory: ReturnType<typeof createTemporaryDirectory>;
let server: ExpressServer | undefined;

beforeEach(() => {
  directory = createTemporaryDirectory();
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
  directory.remove();
});

function write(name: string, text: string): string {
  const file = path.join(directory.path, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

async function start(app: string, ...options: string[]): Promise<ExpressServer> {
  server = await ExpressServer.start([app, ...options], { cwd: directory.path });
  return server;
}

async function answer(): Promise<string> {
  return (await request(server?.url ?? '')).text;
}

async function waitForAnswer(text: string): Promise<void> {
  await waitFor(async () => (await answer()) === text, { within: 10_000, what: `the answer "${text}"` });
}

const handler = (expression: string): string =>
  `export default (req: unknown, res: { end(text: string): void }) => res.end(${expression});\n`;

test('a changed entry file is served by new workers without a failed request', async () => {
  const app = write('app.ts', handler(`'one'`));
  await start(app, '--processes', '2');
  expect(await answer()).toBe('one');
  write('app.ts', handler(`'two'`));
  await waitFor(
    async () => {
      const { status, text } = await request(server?.url ?? '');
      expect([status, text]).toEqual([200, expect.stringMatching(/^(one|two)$/)]);
      return text === 'two';
    },
    { within: 10_000, what: 'the new version' },
  );
});

test('a touched entry file starts the app anew', async () => {
  const app = write('app.ts', handler(`String(process.pid)`));
  await start(app);
  const before = await answer();
  utimesSync(app, new Date(), new Date(Date.now() + 2000));
  await waitFor(async () => (await answer()) !== before, { within: 10_000, what: 'another process' });
});

test('with --disable-reloading a changed entry file changes nothing', async () => {
  const app = write('app.ts', handler(`'one'`));
  await start(app, '--disable-reloading');
  write('app.ts', handler(`'two'`));
  const until = performance.now() + 2500;
  await waitFor(() => performance.now() > until, { within: 5000, what: 'five looks at the file' });
  expect(await answer()).toBe('one');
});

test('an entry file that does not load leaves the old version serving, and the next one that does replaces it', async () => {
  const app = write('app.ts', handler(`'one'`));
  await start(app);
  write('app.ts', 'this is no TypeScript');
  await waitFor(() => server?.errorLog.includes('the changed app does not start') ?? false, {
    within: 10_000,
    what: 'the failure in the log',
  });
  expect(await answer()).toBe('one');
  write('app.ts', handler(`'three'`));
  await waitForAnswer('three');
});

const graphs: [title: string, app: string, files: Record<string, string>, change: [string, string]][] = [
  [
    'an imported TypeScript module',
    'app.ts',
    {
      'app.ts': `import { text } from './lib/text.ts';\n${handler('text')}`,
      'lib/text.ts': `export const text = 'one';`,
    },
    ['lib/text.ts', `export const text = 'two';`],
  ],
  [
    'an imported JavaScript module',
    'app.mjs',
    {
      'app.mjs': `import { text } from './text.mjs';\nexport default (req, res) => res.end(text);`,
      'text.mjs': `export const text = 'one';`,
    },
    ['text.mjs', `export const text = 'two';`],
  ],
  [
    'a required CommonJS module',
    'app.cjs',
    {
      'app.cjs': `const text = require('./text.cjs');\nmodule.exports = (req, res) => res.end(text);`,
      'text.cjs': `module.exports = 'one';`,
    },
    ['text.cjs', `module.exports = 'two';`],
  ],
];

test.each(graphs)(
  'with --reload-on-changes a change of %s reloads the app',
  async (_title, app, files, [file, text]) => {
    for (const [name, content] of Object.entries(files)) write(name, content);
    await start(path.join(directory.path, app), '--reload-on-changes');
    expect(await answer()).toBe('one');
    write(file, text);
    await waitForAnswer('two');
  },
);
