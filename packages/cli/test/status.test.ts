import { describe, expect, test } from '@jest/globals';

import { describeStatus, describeWorkers } from '../src/describe-status.ts';

const base = {
  pid: 1,
  state: 'running',
  serverRoot: '/root',
  url: 'http://localhost:8000/',
  httpd: { state: 'running', version: '2.4.71', pid: 2 },
} as const;

describe('the status', () => {
  test('has one line for each process, with its facts', () => {
    const workers = [
      {
        id: 1,
        pid: 4,
        state: 'ready',
        inFlight: 2,
        sockets: 3,
        requests: 9,
        rssBytes: 50 * 2 ** 20,
        loopDelayMs: 1,
        generation: 4,
        uptimeMs: 61_000,
        cpuTimeMs: 12_345,
      },
      {
        id: 2,
        pid: 5,
        state: 'starting',
        inFlight: 0,
        sockets: 0,
        requests: 0,
        rssBytes: 0,
        loopDelayMs: 0,
        generation: 5,
        uptimeMs: 0,
        cpuTimeMs: 0,
      },
    ];
    const bridge = {
      state: 'running',
      pid: 3,
      details: { pid: 3, generation: 4, queueLength: 7, restarts: { reload: 3, ended: 1 }, workers },
    } as const;
    expect(describeStatus({ ...base, bridge })).toBe(
      [
        'running pid=1 url=http://localhost:8000/',
        'httpd running pid=2 version=2.4.71',
        'bridge running pid=3 generation=4 queue=7 restarts=reload:3,ended:1',
        'worker 1 ready pid=4 generation=4 up=61s in-flight=2 sockets=3 requests=9 memory=50MB cpu=12.3s lag=1ms',
        'worker 2 starting pid=5 generation=5 up=0s in-flight=0 sockets=0 requests=0 memory=unknown cpu=0.0s lag=0ms',
        '',
      ].join('\n'),
    );
  });

  test('names the error of the app that did not start', () => {
    const lastFailure = { code: 'ERR_WORKER_X', message: 'cannot load app.ts: it threw' };
    const details = { pid: 3, generation: 1, queueLength: 0, restarts: {}, workers: [], lastFailure };
    const bridge = { state: 'running', details } as const;
    expect(describeStatus({ ...base, bridge })).toContain('\nlast failure: cannot load app.ts: it threw\n');
  });

  test.each([
    [undefined, 'only files are served: there are no workers\n'],
    [{ state: 'waiting' }, 'workers unknown: the bridge is waiting\n'],
  ] as const)('says why there are no workers with the bridge %j', (bridge, text) => {
    expect(describeWorkers(bridge)).toBe(text);
  });

  test('of files alone has no bridge', () => {
    expect(describeStatus(base)).toBe(
      'running pid=1 url=http://localhost:8000/\nhttpd running pid=2 version=2.4.71\n',
    );
  });
});
