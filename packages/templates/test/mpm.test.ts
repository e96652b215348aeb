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
  [{ processes: 1, concurrency: 1 }, 20, [10, 2, 20, 1, 10, 20], [20, 1, 1, 2]],
  [{ processes: 1, concurrency: 5 }, 20, [10, 2, 20, 1, 10, 20], [20, 1, 1, 2]],
  [{ processes: 1, concurrency: 15 }, 32, [16, 2, 32, 1, 16, 32], [32, 1, 1, 3]],
  [{ processes: 3, concurrency: 5 }, 32, [16, 2, 32, 1, 16, 32], [32, 1, 1, 3]],
  [{ processes: 2, concurrency: 5 }, 25, [12, 3, 36, 1, 12, 36], [25, 1, 1, 2]],
  [{ processes: 2, concurrency: 10 }, 40, [13, 4, 52, 2, 26, 52], [40, 2, 2, 4]],
  [{ processes: 4, concurrency: 5 }, 40, [13, 4, 52, 2, 26, 52], [40, 2, 2, 4]],
  [{ processes: 2, concurrency: 15 }, 55, [18, 4, 72, 2, 36, 72], [55, 2, 2, 5]],
  [{ processes: 4, concurrency: 10 }, 70, [17, 5, 85, 3, 51, 85], [70, 3, 3, 7]],
  [{ processes: 4, concurrency: 25 }, 160, [17, 10, 170, 6, 102, 170], [160, 8, 8, 16]],
  [{ processes: 8, concurrency: 10 }, 130, [18, 8, 144, 4, 72, 144], [130, 6, 6, 13]],
  [{ processes: 8, concurrency: 25 }, 310, [19, 17, 323, 10, 190, 323], [310, 15, 15, 31]],
  [{ processes: 16, concurrency: 16 }, 394, [19, 21, 399, 12, 228, 399], [394, 19, 19, 39]],
  [{ processes: 1, concurrency: 5, maxClients: 50 }, 50, [16, 4, 64, 2, 32, 64], [50, 2, 2, 5]],
  [{ processes: 1, concurrency: 5, maxClients: 3 }, 5, [10, 1, 10, 1, 10, 10], [5, 1, 1, 1]],
  [{ processes: 2, concurrency: 15, maxClients: 200 }, 200, [18, 12, 216, 7, 126, 216], [200, 10, 10, 20]],
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

/** The shares that mod_wsgi-express starts and keeps: with them its own numbers come out. Ours differ where slow clients would wait. */
const modWsgi = { initial: 0.2, maximum: 0.6 };

test.each([
  [20, [10, 2, 20, 1, 10, 10]],
  [32, [16, 2, 32, 1, 16, 16]],
  [25, [12, 3, 36, 1, 12, 12]],
  [40, [13, 4, 52, 1, 13, 26]],
  [55, [18, 4, 72, 1, 18, 36]],
  [70, [17, 5, 85, 1, 17, 51]],
  [160, [17, 10, 170, 2, 34, 102]],
  [130, [18, 8, 144, 1, 18, 72]],
  [310, [19, 17, 323, 3, 57, 190]],
  [394, [19, 21, 399, 4, 76, 228]],
  [50, [16, 4, 64, 1, 16, 32]],
  [5, [10, 1, 10, 1, 10, 10]],
  [200, [18, 12, 216, 2, 36, 126]],
])('%d clients with the shares of mod_wsgi-express get its numbers', (clients, expected) => {
  const limits = threadedLimits(clients, modWsgi);

  expect([
    limits.ThreadsPerChild,
    limits.ServerLimit,
    limits.MaxRequestWorkers,
    limits.StartServers,
    limits.MinSpareThreads,
    limits.MaxSpareThreads,
  ]).toEqual(expected);
});

describe('shares that were asked for', () => {
  test('nothing is below one process', () => {
    expect(threadedLimits(20, { initial: 0, maximum: 0 })).toMatchObject({
      StartServers: 1,
      MinSpareThreads: 10,
      MaxSpareThreads: 10,
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
