import { expect, test } from '@jest/globals';

import {
  AppFailedError,
  BackgroundStartError,
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

test('what the worker, its stack and the log say of a failure is said once', () => {
  const failure = {
    code: 'ERR_WORKER_X',
    message: 'cannot load a.ts: it threw Error: no database',
    stack: 'Error: no database\n    at a.ts:1',
  };
  const tail =
    'connecting\n[2026-01-01T00:00:00.000Z] [bridge:error] [pid 1] worker ended\nError: no database\n    at a.ts:1';
  expect(new AppFailedError(failure, tail).message).toBe(
    `${failure.message}\n        at a.ts:1\n    connecting`,
  );
});

test('what the supervisor in the background printed is not taken for a second error', () => {
  const output =
    'express: error: cannot listen on port 80: permission denied\nexpress: hint: start as root\n';
  expect(new BackgroundStartError({ status: 1, signal: null }, output).message).toBe(
    'the supervisor ended with status 1 before it was ready\n    cannot listen on port 80: permission denied\n    hint: start as root',
  );
});
