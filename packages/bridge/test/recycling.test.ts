import { describe, expect, test } from '@jest/globals';

import { findRecycleReason, spreadLimits, type WorkerVitals } from '../src/recycling.ts';

const none = {
  interruptTimeoutMs: 0,
  maximumRequests: 0,
  restartIntervalMs: 0,
  inactivityTimeoutMs: 0,
  cpuTimeLimitMs: 0,
  memoryLimitBytes: 0,
};
const busy: WorkerVitals = {
  requests: 10,
  inFlight: 1,
  uptimeMs: 1000,
  idleMs: 500,
  cpuTimeMs: 100,
  rssBytes: 1e6,
  overdueMs: 0,
};

const cases: [
  title: string,
  vitals: Partial<WorkerVitals>,
  limits: Partial<typeof none>,
  reason: string | undefined,
][] = [
  ['nothing is reached without limits', { rssBytes: 1e12 }, {}, undefined],
  [
    'the request that fills the number is the last',
    { requests: 10 },
    { maximumRequests: 10 },
    'maximum-requests',
  ],
  ['one less is not', { requests: 9 }, { maximumRequests: 10 }, undefined],
  ['an interval that has passed', { uptimeMs: 1000 }, { restartIntervalMs: 1000 }, 'restart-interval'],
  ['an idle worker', { inFlight: 0, idleMs: 500 }, { inactivityTimeoutMs: 500 }, 'inactivity-timeout'],
  [
    'a worker with a request in flight is not idle',
    { idleMs: 5000 },
    { inactivityTimeoutMs: 500 },
    undefined,
  ],
  [
    'a worker that has served nothing is not idle',
    { requests: 0, inFlight: 0, idleMs: 5000 },
    { inactivityTimeoutMs: 500 },
    undefined,
  ],
  ['used CPU time', { cpuTimeMs: 100 }, { cpuTimeLimitMs: 100 }, 'cpu-time-limit'],
  ['resident memory', { rssBytes: 1e6 }, { memoryLimitBytes: 1e6 }, 'memory-limit'],
];

describe('findRecycleReason', () => {
  test.each(cases)('%s', (_title, vitals, limits, reason) => {
    expect(findRecycleReason({ ...busy, ...vitals }, { ...none, ...limits })).toBe(reason);
  });
});

describe('spreadLimits', () => {
  test('the number of requests is at most a tenth off', () => {
    const limits = { ...none, maximumRequests: 1000 };
    const spread = [0, 0.5, 0.999].map(
      (random) => spreadLimits(limits, { place: 0, places: 1, random }).maximumRequests,
    );
    expect(spread).toEqual([900, 1000, 1100]);
  });

  test('workers started together reach their first interval one after the other and never late', () => {
    const limits = { ...none, restartIntervalMs: 1000 };
    const spread = [0, 1, 2, 3].map(
      (place) => spreadLimits(limits, { place, places: 4, random: 0 }).restartIntervalMs,
    );
    expect(spread).toEqual([1000, 875, 750, 625]);
  });

  test('a limit that is off stays off', () => {
    expect(spreadLimits(none, { place: 3, places: 4, random: 0.9 })).toEqual(none);
  });
});
