import { describe, expect, test } from '@jest/globals';

import { RestartPolicy } from '../src/restart-policy.ts';

function policyAt(clock: { now: number }): RestartPolicy {
  return new RestartPolicy({
    initialDelayMs: 100,
    maximumDelayMs: 1000,
    resetAfterMs: 5000,
    now: () => clock.now,
  });
}

describe('RestartPolicy', () => {
  test('the first restart is immediate and later ones wait twice as long each time, up to the maximum', () => {
    const policy = policyAt({ now: 0 });
    const delays = Array.from({ length: 7 }, () => policy.nextDelayMs());
    expect(delays).toEqual([0, 100, 200, 400, 800, 1000, 1000]);
    expect(policy.failures).toBe(7);
  });

  test('a run that lasted long enough starts the count anew', () => {
    const clock = { now: 0 };
    const policy = policyAt(clock);
    for (let failure = 0; failure < 4; failure += 1) policy.nextDelayMs();
    policy.started();
    clock.now += 5000;
    expect(policy.nextDelayMs()).toBe(0);
    expect(policy.failures).toBe(1);
  });

  test('a run that ended too soon counts as a failure in a row', () => {
    const clock = { now: 0 };
    const policy = policyAt(clock);
    policy.nextDelayMs();
    policy.started();
    clock.now += 4999;
    expect(policy.nextDelayMs()).toBe(100);
  });

  test('a start that never got as far as started is a failure however long it took', () => {
    const clock = { now: 0 };
    const policy = policyAt(clock);
    policy.started();
    clock.now += 6000;
    policy.nextDelayMs();
    clock.now += 60_000;
    expect(policy.nextDelayMs()).toBe(100);
  });
});
