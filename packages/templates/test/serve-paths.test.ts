import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { exampleApp, exampleInput } from './support/example-input.ts';
import { describeWithHttpd } from './support/local-httpd.ts';
import { request } from './support/raw-request.ts';
import { startResponder } from './support/scripted-responder.ts';
import { serve, temporaryRoot } from './support/serving-httpd.ts';

/** Names that mean something to httpd's parser, its variables, its patterns, its URLs or a shell. */
const names = [
  'two  spaces',
  ' outer ',
  'a"b',
  "a'b",
  `both ' and "`,
  '50%',
  '%41 %{HTTP_HOST} %1',
  '$1 $b $',
  '${HOME}',
  '${nowhere} ${a:b}',
  '${express_dollar}',
  'back\\slash',
  'trailing\\',
  '\\"',
  'ünï☃💥',
  '#hash',
  '<Directory>',
  '-dash',
  '~tilde',
  'a*b',
  'a?b',
  '[ab]',
  '[!a]\\*',
  '{a,b}',
  'a|b',
  'a;b&c',
  '$(id)`id`',
];

describeWithHttpd('httpd', (build) => {
  let root: ReturnType<typeof temporaryRoot>;
  beforeAll(() => {
    root = temporaryRoot();
  });
  afterAll(() => {
    root.remove();
  });

  test.each(names)('serves from and connects to paths with %s in them', async (name) => {
    const home = path.join(root.path, name);
    const index = name.replaceAll('\\', '');
    mkdirSync(path.join(home, 'htdocs'), { recursive: true });
    for (const file of ['htdocs/page.html', `htdocs/${index}`, name])
      writeFileSync(path.join(home, file), file);

    const socketPath = path.join(home, 's');
    const httpd = await serve(
      exampleInput(home, build, {
        app: { ...exampleApp(home), socketPath },
        directoryIndex: index,
        urlAliases: [{ url: `/alias ${name}`, path: path.join(home, name), kind: 'file' }],
      }),
    );
    const responder = await startResponder(socketPath);
    const answers = [];
    for (const target of ['/page.html', '/', `/${encodeURIComponent(`alias ${name}`)}`, '/app']) {
      answers.push((await request(httpd.port, target)).body);
    }
    await responder.close();

    expect(await httpd.stop()).toBe(0);
    const latin1 = (text: string) => Buffer.from(text).toString('latin1');
    expect(answers).toEqual(['htdocs/page.html', latin1(`htdocs/${index}`), latin1(name), 'the app']);
  });
});
