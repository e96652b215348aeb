import { IncomingMessage, ServerResponse } from 'node:http';

import { expect, test } from '@jest/globals';

import { OverdueRequests } from '../src/overdue-requests.ts';

function createResponse(): ServerResponse {
  return new ServerResponse(new IncomingMessage(undefined as never));
}

test('the oldest request that was not ended counts', () => {
  const clock = { now: 0 };
  const overdue = new OverdueRequests(() => clock.now);
  const [first, second] = [createResponse(), createResponse()];
  overdue.add(first);
  clock.now = 100;
  overdue.add(second);
  clock.now = 150;
  expect(overdue.takeOldestMs()).toBe(150);
  first.end();
  expect(overdue.takeOldestMs()).toBe(50);
  second.end();
  expect(overdue.takeOldestMs()).toBe(0);
});
