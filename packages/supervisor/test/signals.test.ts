import { expect, test } from '@jest/globals';

import { onSignals, signalCommands } from '../src/signals.ts';

test('each signal has the command that docs and design give it', () => {
  expect(signalCommands).toEqual({
    SIGTERM: 'stop',
    SIGINT: 'stop',
    SIGHUP: 'reload',
    SIGUSR1: 'roll',
    SIGUSR2: 'signalApp',
    SIGWINCH: 'ignore',
    SIGPIPE: 'ignore',
  });
});

test('listeners come and go with the supervisor', () => {
  const until = new AbortController();
  const counts = () =>
    Object.keys(signalCommands).map((name) => process.listenerCount(name as NodeJS.Signals));
  const before = counts();
  onSignals(() => undefined, until.signal);
  expect(counts()).toEqual(before.map((count) => count + 1));
  until.abort();
  expect(counts()).toEqual(before);
});
