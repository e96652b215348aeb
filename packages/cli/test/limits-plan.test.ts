import { describe, expect, test } from '@jest/globals';

import { requireOrderedLimits, toLimits, toSpareWorkers } from '../src/limits-plan.ts';
import { serverOptions } from '../src/options.ts';
import { type RawValues, resolveSettings } from '../src/settings.ts';

const settingsOf = (values: RawValues = {}) => resolveSettings(serverOptions, { values, env: {} }).settings;

describe('limits of requests', () => {
  test('are at least as wide as those of Node when nothing is said', () => {
    const { fields, fieldBytes, lineBytes } = toLimits(settingsOf());
    expect(fields).toBeGreaterThanOrEqual(2000);
    expect(fieldBytes).toBeGreaterThanOrEqual(16_384);
    expect(lineBytes).toBeGreaterThanOrEqual(16_384);
  });

  test('are in whole seconds, rounded up', () => {
    expect(toLimits(settingsOf({ headerTimeoutMs: ['1500ms'], bodyMaxTimeoutMs: ['1m'] }))).toMatchObject({
      header: { timeoutSeconds: 2, maxSeconds: 30, minRate: 500 },
      bodyTime: { timeoutSeconds: 15, maxSeconds: 60, minRate: 500 },
    });
  });

  test.each([
    [{ headerTimeoutMs: ['31'] }, '--header-max-timeout'],
    [{ bodyTimeoutMs: ['10'], bodyMaxTimeoutMs: ['5'] }, '--body-max-timeout'],
    [{ minimumSpareWorkers: ['0.5'], maximumSpareWorkers: ['0.4'] }, '--maximum-spare-workers'],
  ])('that contradict each other are refused: %j', (values: RawValues, option) => {
    expect(() => {
      requireOrderedLimits(settingsOf(values));
    }).toThrow(
      expect.objectContaining({
        code: 'ERR_CLI_OPTION_CONFLICT',
        message: expect.stringContaining(option) as unknown,
      }),
    );
  });

  test.each([{}, { headerTimeoutMs: ['60'], headerMaxTimeoutMs: ['0'] }, { headerTimeoutMs: ['30'] }])(
    'that agree are taken: %j',
    (values: RawValues) => {
      expect(() => {
        requireOrderedLimits(settingsOf(values));
      }).not.toThrow();
    },
  );

  test('of spare workers are those that were named', () => {
    expect(toSpareWorkers(settingsOf())).toEqual({});
    expect(toSpareWorkers(settingsOf({ initialWorkers: ['0.5'], maximumSpareWorkers: ['1'] }))).toEqual({
      initial: 0.5,
      maximum: 1,
    });
  });
});
