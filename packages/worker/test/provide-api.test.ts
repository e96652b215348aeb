import { afterEach, describe, expect, test } from '@jest/globals';

import { text } from './serve.ts';
import { type Files, WorkerProcess } from './worker-process.ts';

let worker: WorkerProcess | undefined;

afterEach(async () => {
  await worker?.dispose();
  worker = undefined;
});

const answer = async (files: Files): Promise<string> => {
  worker = await WorkerProcess.start(files);
  await worker.ready();
  return text(await worker.send());
};

const own = {
  'node_modules/httpd-express/package.json': '{ "type": "module", "exports": { "./worker": "./worker.js" } }',
  'node_modules/httpd-express/worker.js': `export const processGroup = 'its own'`,
};

describe('httpd-express/worker resolves', () => {
  test.each<[string, Files]>([
    [
      'from an ES module',
      {
        'app.mjs': `import { processGroup } from 'httpd-express/worker'; export default (req, res) => res.end(processGroup)`,
      },
    ],
    [
      'from a module that the entry imports',
      {
        'app.mjs': `export { default } from './lib/handler.mjs'`,
        'lib/handler.mjs': `import { processGroup } from 'httpd-express/worker'; export default (req, res) => res.end(processGroup)`,
      },
    ],
    [
      'from CommonJS',
      {
        'app.cjs': `const { processGroup } = require('httpd-express/worker'); module.exports = (req, res) => res.end(processGroup)`,
      },
    ],
    [
      'from TypeScript',
      {
        'app.ts': `import { processGroup } from 'httpd-express/worker'; export default (req: unknown, res: any): void => res.end(processGroup)`,
      },
    ],
    [
      'from TypeScript in an ES module package',
      {
        'app.ts': `import { processGroup } from 'httpd-express/worker'; export default (req: unknown, res: any): void => res.end(processGroup)`,
        'package.json': '{ "type": "module" }',
      },
    ],
    [
      'by a dynamic import',
      {
        'app.mjs': `export default async (req, res) => res.end((await import('httpd-express/worker')).processGroup)`,
      },
    ],
  ])('%s', async (_, files) => {
    expect(await answer(files)).toBe('test');
  });

  test("to the app's own copy where it has one", async () => {
    const app = `import { processGroup } from 'httpd-express/worker'; export default (req, res) => res.end(processGroup)`;
    expect(await answer({ 'app.mjs': app, ...own })).toBe('its own');
  });
});

test('a package that is missing is still missing', async () => {
  worker = await WorkerProcess.start({
    'app.mjs': `import 'httpd-express/worker'; import 'no-such-package'`,
  });
  await worker.exited;
  expect(worker.failure?.message).toContain("Cannot find package 'no-such-package'");
});
