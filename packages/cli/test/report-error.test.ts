import { describe, expect, test } from '@jest/globals';

import { OptionValueError, PathError } from '../src/errors.ts';
import { describeError } from '../src/report-error.ts';

describe('an error', () => {
  test('of usage is one line without a stack, and exits with 2', () => {
    expect(describeError(new OptionValueError('--port 0', 'a whole number'))).toEqual({
      text: 'express: error: --port 0: expected a whole number [ERR_CLI_OPTION_VALUE]\n',
      status: 2,
    });
  });

  test('with a hint shows it on a line of its own', () => {
    expect(describeError(new PathError('the app', '/a b', 'is missing', 'look elsewhere')).text).toBe(
      'express: error: the app "/a b": is missing [ERR_CLI_PATH]\nexpress: hint: look elsewhere\n',
    );
  });

  test('of another package of ours exits with 1, or with the status it carries', () => {
    const error = Object.assign(new Error('httpd ended'), { code: 'ERR_SUPERVISOR_HTTPD_START' });
    expect(describeError(error).status).toBe(1);
    expect(describeError(Object.assign(error, { exitStatus: 137 })).status).toBe(137);
  });

  test('of the machine is told without a stack', () => {
    const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      errno: -28,
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(describeError(error)).toEqual({
      text: 'express: error: ENOSPC: no space left on device, write\n',
      status: 1,
    });
  });

  test.each([
    ['a TypeError', new TypeError('x is undefined')],
    ['a refusal of Node', Object.assign(new TypeError('bad argument'), { code: 'ERR_INVALID_ARG_TYPE' })],
  ])('that is a bug (%s) shows its stack and our version, and exits with 70', (_title, error) => {
    const { text, status } = describeError(error);
    expect(status).toBe(70);
    expect(text).toMatch(/^express: bug: TypeError.*: .*\n {4}at /);
    expect(text).toMatch(/express: version \d+\.\d+\.\d+, Node v\d+/);
  });

  test('that is no Error is shown as it is', () => {
    expect(describeError('lost')).toMatchObject({
      text: expect.stringContaining('express: bug: lost'),
      status: 70,
    });
  });
});
