import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { configTest } from '../src/config-test.ts';
import { prepareServerRoot } from '../src/server-root.ts';
import { formatSettings } from '../src/settings-file.ts';
import { type SupervisorSettings } from '../src/supervisor-settings.ts';
import { Supervisor } from '../src/supervisor.ts';
import { afterThisTest, createTemporaryDirectory, findFreePort, isAlive, waitFor } from './support.ts';

// Debian's, whose modules the configuration below names by path; test/ has the full set.
const HTTPD = '/usr/sbin/apache2';
const MODULES = '/usr/lib/apache2/modules';
const testWithHttpd = existsSync(HTTPD) ? test : test.skip;

async function createHttpdRoot(extra = '') {
  const path = join(createTemporaryDirectory(), 'root');
  const root = await prepareServerRoot({ path });
  const port = await findFreePort();
  const configPath = join(path, 'httpd.conf');
  const apachectlPath = join(path, 'apachectl');
  const config = [
    `ServerRoot ${path}`,
    'ServerName localhost',
    `LoadModule mpm_event_module ${MODULES}/mod_mpm_event.so`,
    `LoadModule authz_core_module ${MODULES}/mod_authz_core.so`,
    `DefaultRuntimeDir ${root.runDirectory}`,
    `PidFile ${root.runDirectory}/httpd.pid`,
    `ErrorLog ${path}/error_log`,
    `DocumentRoot ${root.documentRoot}`,
    `Listen 127.0.0.1:${port}`,
    'User nobody',
    'Group nogroup',
    extra,
    '',
  ].join('\n');
  const script = `#!/bin/sh\nexec ${HTTPD} -f ${configPath} "$@"\n`;
  const settings: SupervisorSettings = {
    serverRoot: path,
    apachectlPath,
    httpdPath: HTTPD,
    httpdVersion: '2.4',
    listen: { host: '127.0.0.1', port },
    url: `http://127.0.0.1:${port}/`,
    errorLogPath: join(path, 'error_log'),
    gracefulTimeoutMs: 5000,
    shutdownTimeoutMs: 2000,
    banner: '',
  };
  await root.writeFiles([
    { path: 'httpd.conf', text: config, mode: 0o600 },
    { path: 'apachectl', text: script, mode: 0o700 },
    formatSettings(settings),
  ]);
  const supervisor = new Supervisor(settings, { stdout: { write: () => undefined } });
  afterThisTest(async () => {
    supervisor.stop();
    supervisor.stop('SIGTERM');
    await supervisor.run();
  });
  return { supervisor, settings, configPath };
}

testWithHttpd('httpd serves, reads its configuration again, and is gone after a stop', async () => {
  const { supervisor, settings } = await createHttpdRoot();
  await supervisor.start();
  const { pid = 0 } = (await supervisor.findStatus()).httpd;
  expect((await fetch(settings.url)).status).toBe(403);
  await supervisor.reload();
  await waitFor(
    () => readFileSync(settings.errorLogPath ?? '', 'utf8').includes('AH00493'),
    'SIGUSR1 to be logged',
  );
  supervisor.stop();
  expect(await supervisor.run()).toBe(0);
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(join(settings.serverRoot, 'httpd.pid'))).toBe(false);
});

testWithHttpd(
  'a configuration that passes the test and fails at start is reported with the reason from the log',
  async () => {
    const { supervisor, settings } = await createHttpdRoot(
      `LoadModule mime_module ${MODULES}/mod_mime.so\nTypesConfig /nowhere`,
    );
    await configTest(settings);
    await expect(supervisor.start()).rejects.toMatchObject({
      code: 'ERR_SUPERVISOR_HTTPD_START',
      exitStatus: 1,
      message: expect.stringContaining('AH01597'),
    });
  },
);

testWithHttpd('a configuration that httpd refuses is reported in its own words', async () => {
  const { settings, configPath } = await createHttpdRoot();
  appendFileSync(configPath, 'NoSuchDirective on\n');
  const { serverRoot } = settings;
  for (const target of [settings, { serverRoot, httpdPath: HTTPD, configPath }]) {
    const failure = configTest(target);
    await expect(failure).rejects.toThrow("Invalid command 'NoSuchDirective'");
    await expect(failure).rejects.toMatchObject({ code: 'ERR_SUPERVISOR_CONFIG_TEST' });
  }
});

testWithHttpd(
  'a PidFile of another place than ours is refused, also where it is for a start alone',
  async () => {
    const { settings, configPath } = await createHttpdRoot(
      '<IfDefine FOREGROUND>\nPidFile /run/other.pid\n</IfDefine>',
    );
    const { serverRoot } = settings;
    for (const target of [settings, { serverRoot, httpdPath: HTTPD, configPath }])
      await expect(configTest(target)).rejects.toMatchObject({
        code: 'ERR_SUPERVISOR_PID_FILE',
        message: expect.stringContaining(
          `to /run/other.pid: expected PidFile to be ${serverRoot}/run/httpd.pid`,
        ),
      });
  },
);
