import { writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:net';
import { join } from 'node:path';

import { beforeEach, expect, test } from '@jest/globals';

import { waitForPredecessor } from '../src/predecessor.ts';
import { afterThisTest, createTemporaryDirectory, findFreePort } from './support.ts';

let serverRoot: string;
let listener: Server;
let address: { host: string; port: number };

beforeEach(async () => {
  serverRoot = createTemporaryDirectory();
  address = { host: '127.0.0.1', port: await findFreePort() };
  listener = createServer();
  await new Promise<void>((resolve) => listener.listen({ ...address }, resolve));
  afterThisTest(() => listener.close());
});

test('a port that the httpd of a killed supervisor still has is waited for', async () => {
  writeFileSync(join(serverRoot, 'supervisor.pid'), '1\n');
  const events: string[] = [];
  const wait = waitForPredecessor(serverRoot, address).then(() => events.push('start'));
  listener.close(() => events.push('port is free'));
  await wait;
  expect(events).toEqual(['port is free', 'start']);
});

test('a port is not waited for when the supervisor before ended in order', async () => {
  const startedAt = performance.now();
  await waitForPredecessor(serverRoot, address);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});
