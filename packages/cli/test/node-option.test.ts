import { describe, expect, test } from '@jest/globals';

import { nodeOption } from '../src/node-option.ts';

describe('an option for the Node of the workers', () => {
  test.each([
    '--max-old-space-size=512',
    '--max_old_space_size=512',
    '--enable-source-maps',
    '--experimental-loader=@opentelemetry/instrumentation/hook.mjs',
    '--conditions=development',
    '--title=two words',
    '--inspect',
    '--inspect=0',
    '--inspect=0.0.0.0:0',
  ])('may be %s', (raw) => {
    expect(nodeOption(raw)).toBe(raw);
  });

  test.each([
    ['app.ts', 'a long option'],
    ['-e', 'a long option'],
    ['-r=./a.js', 'a long option'],
    ['--', 'a long option'],
    ['', 'a long option'],
    ['--eval=1', 'runs?|something else'],
    ['--print=1', 'something else'],
    ['--check', 'something else'],
    ['--test', 'something else'],
    ['--watch', 'something else'],
    ['--version', 'something else'],
    ['--inspect-brk', 'wait for a debugger'],
    ['--inspect_brk=0', 'wait for a debugger'],
    ['--inspect-wait', 'wait for a debugger'],
    ['--inspect-port=9229', 'is ours'],
    ['--inspect=9229', 'cannot share a port'],
    ['--inspect=localhost:9229', 'cannot share a port'],
    ['--import=./a.js', '--import'],
    ['--env-file=.env', '--env-file'],
  ])('may not be %j', (raw, problem) => {
    expect(() => nodeOption(raw)).toThrow(new RegExp(problem));
    expect(() => nodeOption(raw)).toThrow(RangeError);
  });
});
