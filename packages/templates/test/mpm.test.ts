import { describe, expect, test } from '@jest/globals';

import {
  computeMaxClients,
  computeThreadedMaxClients,
  preforkLimits,
  threadedLimits,
  type MpmCapacity,
} from '../src/mpm.ts';

/** capacity · clients · threads per child, servers, workers, started, spare min, spare max · prefork limit, started, spare min, max */
const table: [MpmCapacity, number, number[], number[]][] = [
  [{ processes: 1, concurrency: 1 }, 20, [20, 1, 20, 1, 20, 20], [20, 1, 1, 2]],
  [{ processes: 1, concurrency: 5 }, 20, [20, 1, 20, 1, 20, 20], [20, 1, 1, 2]],
  [{ processes: 1, concurrency: 15 }, 32, [32, 1, 32, 1, 32, 32], [32, 1, 1, 3]],
  [{ processes: 3, concurrency: 5 }, 32, [32, 1, 32, 1, 32, 32], [32, 1, 1, 3]],
  [{ processes: 2, concurrency: 5 }, 25, [25, 1, 25, 1, 25, 25], [25, 1, 1, 2]],
  [{ processes: 2, concurrency: 10 }, 40, [40, 1, 40, 1, 40, 40], [40, 2, 2, 4]],
  [{ processes: 4, concurrency: 5 }, 40, [40, 1, 40, 1, 40, 40], [40, 2, 2, 4]],
  [{ processes: 2, concurrency: 15 }, 55, [55, 1, 55, 1, 55, 55], [55, 2, 2, 5]],
  [{ processes: 4, concurrency: 10 }, 70, [70, 1, 70, 1, 70, 70], [70, 3, 3, 7]],
  [{ processes: 4, concurrency: 25 }, 160, [80, 2, 160, 2, 160, 160], [160, 8, 8, 16]],
  [{ processes: 8, concurrency: 10 }, 130, [65, 2, 130, 2, 130, 130], [130, 6, 6, 13]],
  [{ processes: 8, concurrency: 25 }, 310, [78, 4, 312, 3, 234, 312], [310, 15, 15, 31]],
  [{ processes: 16, concurrency: 16 }, 394, [99, 4, 396, 3, 297, 396], [394, 19, 19, 39]],
  [{ processes: 1, concurrency: 5, maxClients: 50 }, 50, [50, 1, 50, 1, 50, 50], [50, 2, 2, 5]],
  [{ processes: 1, concurrency: 5, maxClients: 3 }, 5, [10, 1, 10, 1, 10, 10], [5, 1, 1, 1]],
  [{ processes: 2, concurrency: 15, maxClients: 200 }, 200, [100, 2, 200, 2, 200, 200], [200, 10, 10, 20]],
];

describe.each(table)('%j', (capacity, clients, threaded, prefork) => {
  test('is sized for the clients of the table', () => {
    expect(computeMaxClients(capacity)).toBe(clients);
  });

  test('gives event and worker the numbers of the table', () => {
    const limits = threadedLimits(clients);

    expect([
      limits.ThreadsPerChild,
      limits.ServerLimit,
      limits.MaxRequestWorkers,
      limits.StartServers,
      limits.MinSpareThreads,
      limits.MaxSpareThreads,
    ]).toEqual(threaded);
    expect(limits.ThreadLimit).toBe(limits.ThreadsPerChild);
  });

  test('gives prefork the numbers of the table', () => {
    const limits = preforkLimits(clients);

    expect([limits.ServerLimit, limits.StartServers, limits.MinSpareServers, limits.MaxSpareServers]).toEqual(
      prefork,
    );
    expect(limits.MaxRequestWorkers).toBe(limits.ServerLimit);
  });
});

describe('event and worker', () => {
  test.each([
    ['a small app has room for slow clients', { processes: 1, concurrency: 100 }, 400],
    ['a large app has the clients of the formula', { processes: 8, concurrency: 100 }, 1210],
    ['a number that was asked for has no floor', { processes: 1, concurrency: 5, maxClients: 20 }, 20],
  ])('%s', (_, capacity, clients) => {
    expect(computeThreadedMaxClients(capacity)).toBe(clients);
  });
});

describe('shares that were asked for', () => {
  test('nothing is below one process', () => {
    expect(threadedLimits(400, { initial: 0, maximum: 0 })).toMatchObject({
      StartServers: 1,
      MinSpareThreads: 100,
      MaxSpareThreads: 100,
    });
    expect(preforkLimits(20, { initial: 0, maximum: 0 })).toMatchObject({
      StartServers: 1,
      MinSpareServers: 1,
      MaxSpareServers: 1,
    });
  });

  test('what is kept idle is what was started, unless it is named', () => {
    expect(preforkLimits(100, { initial: 0.5 })).toMatchObject({ StartServers: 50, MinSpareServers: 50 });
    expect(preforkLimits(100, { initial: 0.5, minimum: 0.1 })).toMatchObject({ MinSpareServers: 10 });
  });
});
