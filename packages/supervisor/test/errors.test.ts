import { expect, test } from '@jest/globals';

import {
  AppFailedError,
  BridgeDiedError,
  BridgeSilentError,
  HttpdDiedError,
  HttpdStartError,
  PortPrivilegedError,
  ServerRootParentError,
} from '../src/errors.ts';

const crashed = { status: null, signal: 'SIGSEGV' } as const;

test.each([
  [new BridgeDiedError(crashed), 'the bridge ended with signal SIGSEGV'],
  [
    new BridgeDiedError({ status: 1, signal: null }, 'roll'),
    'the bridge ended with status 1 instead of answering roll',
  ],
  [new BridgeSilentError('status', 2000), 'the bridge did not answer status within 2 s'],
  [
    new HttpdDiedError('/bin/httpd', crashed, 'one\ntwo\n'),
    '/bin/httpd ended with signal SIGSEGV\n    one\n    two',
  ],
  [
    new HttpdStartError('/bin/httpd', 'port 80', { waitedMs: 30_000 }, ''),
    '/bin/httpd did not answer on port 80 within 30 s',
  ],
  [new PortPrivilegedError('port 80', undefined), 'cannot listen on port 80: permission denied'],
  [
    new ServerRootParentError('/a/b', Object.assign(new Error('ENOTDIR: …'), { code: 'ENOTDIR' })),
    'cannot create the server root /a/b: a part of the path is not a directory',
  ],
])('%s says what happened', (error, message) => {
  expect(error.message).toBe(message);
});

test('httpd that a signal ended gives 128 + n, and one that ended with 0 still a failure', () => {
  expect(new HttpdDiedError('httpd', crashed, '').exitStatus).toBe(139);
  expect(new HttpdDiedError('httpd', { status: 0, signal: null }, '').exitStatus).toBe(1);
});

test('an app that failed keeps the code and hint of the worker', () => {
  const error = new AppFailedError(
    { code: 'ERR_WORKER_X', message: 'no', hint: 'do', stack: 'at a.ts:1' },
    'tail',
  );
  expect(error).toMatchObject({ code: 'ERR_WORKER_X', hint: 'do', message: 'no\n    at a.ts:1\n    tail' });
});
