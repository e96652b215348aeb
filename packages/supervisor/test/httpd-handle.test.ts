import { createServer } from 'node:http';

import { expect, test } from '@jest/globals';

import { ErrorLog } from '../src/error-log.ts';
import { HttpdHandle } from '../src/httpd-handle.ts';
import { afterThisTest, createFakeRoot } from './support.ts';

test('httpd that ends because another server has taken its port has not started, although that one answers', async () => {
  const { settings } = await createFakeRoot();
  const other = createServer((_, response) => response.end('other')).listen(
    settings.listen.port,
    '127.0.0.1',
  );
  afterThisTest(() => {
    other.closeAllConnections();
    other.close();
  });
  const start = { settings, log: new ErrorLog(settings.errorLogPath), signal: new AbortController().signal };
  await expect(HttpdHandle.start(start)).rejects.toMatchObject({
    code: 'ERR_SUPERVISOR_HTTPD_START',
    message: expect.stringContaining('EADDRINUSE'),
  });
});
