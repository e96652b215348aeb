import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { filesInput } from './support/example-input.ts';
import { describeWithHttpd } from './support/local-httpd.ts';
import { request } from './support/raw-request.ts';
import { serve, temporaryRoot } from './support/serving-httpd.ts';
import { waitFor } from './support/wait-for.ts';

describeWithHttpd('logs to a terminal that cannot be opened', (build) => {
  let root: ReturnType<typeof temporaryRoot>;
  beforeAll(() => {
    root = temporaryRoot();
  });
  afterAll(() => {
    root.remove();
  });

  test('come out of standard output, the last line included', async () => {
    // The streams of a child of node are sockets, which /dev/stderr cannot open.
    const httpd = await serve(
      filesInput(root.path, build, {
        logs: {
          level: 'warn',
          error: { kind: 'terminal', stream: 'stderr', openable: false },
          access: { kind: 'terminal', stream: 'stdout', openable: false },
        },
      }),
    );
    await request(httpd.port, '/first');
    await waitFor(() => httpd.output().stdout.includes('"GET /first'), {
      within: 5000,
      what: 'the first line',
    });
    await request(httpd.port, '/bad%zz');

    expect(await httpd.stop()).toBe(0);
    const { stdout } = httpd.output();
    expect(stdout).toContain('"GET /bad%zz HTTP/1.1" 400');
    expect(stdout).toContain('invalid URI path (/bad%zz)');
  });
});
