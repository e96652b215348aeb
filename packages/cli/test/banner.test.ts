import { describe, expect, test } from '@jest/globals';

import { type BannerInput, renderBanner } from '../src/banner.ts';

const plain: BannerInput = {
  url: 'http://localhost:8000/',
  serverStatus: false,
  serverRoot: '/tmp/httpd-express-localhost:8000:502',
  errorLog: '/tmp/httpd-express-localhost:8000:502/error_log',
  logLevel: 'warn',
  app: {
    processes: 1,
    concurrency: 100,
    requestTimeoutMs: 60_000,
    interruptTimeoutMs: 0,
    startupTimeoutMs: 15_000,
    daemonBacklog: 100,
    queueTimeoutMs: 45_000,
  },
  capacity: { threaded: 420, prefork: 400 },
  serverBacklog: 500,
  locale: 'en_AU.UTF-8',
};

describe('the banner', () => {
  test('has the labels, the order and the padding of mod_wsgi-express', () => {
    expect(renderBanner(plain)).toBe(
      [
        'Server URL         : http://localhost:8000/',
        'Server Root        : /tmp/httpd-express-localhost:8000:502',
        'Server Conf        : /tmp/httpd-express-localhost:8000:502/httpd.conf',
        'Error Log File     : /tmp/httpd-express-localhost:8000:502/error_log (warn)',
        'Operating Mode     : daemon',
        'Request Capacity   : 100 (1 process * 100 requests)',
        'Request Timeout    : 60 (seconds)',
        'Startup Timeout    : 15 (seconds)',
        'Queue Backlog      : 100 (connections)',
        'Queue Timeout      : 45 (seconds)',
        'Server Capacity    : 420 (event/worker), 400 (prefork)',
        'Server Backlog     : 500 (connections)',
        'Locale Setting     : en_AU.UTF-8',
        '',
      ].join('\n'),
    );
  });

  test('puts every optional line in its place', () => {
    const labels = renderBanner({
      ...plain,
      serverStatus: true,
      accessLog: '/logs/access_log',
      controlFiles: { envvars: '/root/envvars', apachectl: '/root/apachectl' },
      accounts: { app: 'alice', httpd: 'www-data' },
    })
      .split('\n')
      .map((line) => line.slice(0, 19).trim());
    expect(labels.slice(0, 8)).toEqual([
      'Server URL',
      'Server Status',
      'Server Root',
      'Server Conf',
      'Error Log File',
      'Access Log File',
      'Environ Variables',
      'Control Script',
    ]);
    expect(labels.slice(-3)).toEqual(['Locale Setting', 'Running As', '']);
  });

  test('says who runs what', () => {
    expect(renderBanner({ ...plain, accounts: { app: 'alice', httpd: 'www-data' } })).toContain(
      '\nRunning As         : alice (app), www-data (httpd)\n',
    );
  });

  test('speaks of processes when there is more than one, and of fractions of seconds', () => {
    const app = {
      processes: 4,
      concurrency: 25,
      requestTimeoutMs: 500,
      interruptTimeoutMs: 2000,
      startupTimeoutMs: 0,
      daemonBacklog: 9,
      queueTimeoutMs: 0,
    };
    const text = renderBanner({ ...plain, app });
    expect(text).toContain('Request Capacity   : 100 (4 processes * 25 requests)\n');
    expect(text).toContain('Request Timeout    : 0.5 (seconds)\n');
    expect(text).toContain('Interrupt Timeout  : 2 (seconds)\n');
    expect(text).not.toContain('Startup Timeout');
  });

  test('of files alone has no line about an app', () => {
    const files: BannerInput = Object.fromEntries(
      Object.entries(plain).filter(([key]) => key !== 'app'),
    ) as never;
    const text = renderBanner({ ...files, accounts: { httpd: 'www-data' } });
    expect(text).toContain('Operating Mode     : static\nServer Backlog');
    expect(text).toContain('Running As         : www-data (httpd)\n');
  });
});
