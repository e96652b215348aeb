import type { TemplateInput } from '../../src/input.ts';
import { debian } from './builds.ts';
import { exampleInput, exampleLimits } from './example-input.ts';

const never = { timeoutSeconds: 0, maxSeconds: 30, minRate: 500 };

/** Golden cases about what clients may send. */
export const limitCases: Readonly<Record<string, (root: string) => TemplateInput>> = {
  'narrow-limits': (root) =>
    exampleInput(root, debian, {
      limits: {
        body: 1024,
        fields: 20,
        fieldBytes: 1000,
        lineBytes: 500,
        header: { timeoutSeconds: 2, maxSeconds: 4, minRate: 100 },
        bodyTime: { timeoutSeconds: 3, maxSeconds: 3, minRate: 100 },
        keepAliveMs: 500,
        allowsChunked: false,
      },
    }),
  'no-limits': (root) =>
    exampleInput(root, debian, {
      limits: { ...exampleLimits, body: 0, header: never, bodyTime: never, keepAliveMs: 0 },
    }),
  'spare-workers': (root) =>
    exampleInput(root, debian, {
      capacity: {
        processes: 1,
        concurrency: 100,
        serverBacklog: 500,
        spare: { initial: 0.2, minimum: 0.3, maximum: 0.6 },
      },
    }),
  'spare-workers-prefork': (root) =>
    exampleInput(root, debian, {
      mpm: 'prefork',
      capacity: {
        processes: 1,
        concurrency: 100,
        serverBacklog: 500,
        spare: { initial: 0.2, minimum: 0.3, maximum: 0.6 },
      },
    }),
};
