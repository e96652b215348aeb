import { expect, test } from '@jest/globals';

import { parseControlRequest } from '../src/control-request.ts';

test.each([
  { command: 'status' },
  { command: 'roll' },
  { command: 'roll', evict: true },
  { command: 'roll', evict: false, worker: 12 },
])('%j is understood', (request) => {
  expect(parseControlRequest(JSON.stringify(request))).toEqual(request);
});

test.each([
  ['status', 'expected a command in one line of JSON'],
  ['null', 'expected a command in one line of JSON'],
  ['"status"', 'expected a command in one line of JSON'],
  ['[]', 'expected one of status, stop, graceful, restart, roll'],
  ['{"command":"toString"}', 'expected one of status, stop, graceful, restart, roll'],
  ['{"command":"stop","now":true}', 'expected the arguments that stop takes: none'],
  ['{"command":"roll","toString":1}', 'expected the arguments that roll takes: evict and worker'],
  ['{"command":"roll","evict":1}', 'expected evict to be true or false'],
  ['{"command":"roll","worker":"3"}', 'expected worker to be the number of a worker'],
  ['{"command":"roll","worker":0}', 'expected worker to be the number of a worker'],
  ['{"command":"roll","worker":1.5}', 'expected worker to be the number of a worker'],
  ['{"command":"roll","worker":null}', 'expected worker to be the number of a worker'],
])('%s is refused with what was expected', (line, expected) => {
  let failure: unknown;
  try {
    parseControlRequest(line);
  } catch (error) {
    failure = error;
  }
  expect(failure).toMatchObject({
    code: 'ERR_SUPERVISOR_CONTROL_MESSAGE',
    message: expect.stringContaining(expected),
  });
});
