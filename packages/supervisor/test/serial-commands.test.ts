import { expect, test } from '@jest/globals';

import { SerialCommands } from '../src/serial-commands.ts';
import { createDeferred } from '../src/wait.ts';

test('a command waits for the one before it, also when that fails', async () => {
  const commands = new SerialCommands();
  const seen: string[] = [];
  const first = commands.run('roll', () => Promise.reject(new Error('no')));
  const second = commands.run('reload', () => Promise.resolve(void seen.push('reload')));
  await expect(first).rejects.toThrow('no');
  await second;
  expect(seen).toEqual(['reload']);
});

test('asking for a command that already waits is joining it', async () => {
  const commands = new SerialCommands();
  const gate = createDeferred<undefined>();
  let runs = 0;
  const roll = () => {
    runs += 1;
    return gate.promise;
  };
  const first = commands.run('roll', roll);
  await Promise.resolve();
  const asked = [commands.run('roll', roll), commands.run('roll', roll), commands.run('roll', roll)];
  gate.resolve(undefined);
  await Promise.all([first, ...asked]);
  expect(runs).toBe(2);
});
