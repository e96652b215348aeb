import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { exampleApp, exampleInput } from './support/example-input.ts';
import { describeWithHttpd } from './support/local-httpd.ts';
import { request } from './support/raw-request.ts';
import { startResponder } from './support/scripted-responder.ts';
import { serve, temporaryRoot } from './support/serving-httpd.ts';

describeWithHttpd('an app', (build) => {
  let root: ReturnType<typeof temporaryRoot>;
  beforeAll(() => {
    root = temporaryRoot();
  });
  afterAll(() => {
    root.remove();
  });

  test.each(build.mpms)('is served by the %s MPM', async (mpm) => {
    const httpd = await serve(exampleInput(root.path, build, { mpm, serverStatus: true }));
    const responder = await startResponder(exampleApp(root.path).socketPath);
    const { body } = await request(httpd.port, '/');
    await responder.close();

    expect(await httpd.stop()).toBe(0);
    expect(body).toBe('the app');
  });
});
