import { readdirSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, expect, test } from '@jest/globals';

import { ControlSocket } from '../src/control-socket.ts';
import { ServerRootLock } from '../src/server-root-lock.ts';
import { prepareServerRoot } from '../src/server-root.ts';
import { Supervisor } from '../src/supervisor.ts';
import { Undo } from '../src/undo.ts';
import { afterThisTest, createFakeRoot, createTemporaryDirectory, fixturePath } from './support.ts';

const taken = { code: 'ERR_SUPERVISOR_RUNNING', message: expect.stringContaining('or being started') };

let path: string;

beforeEach(() => {
  path = createTemporaryDirectory();
});

function createLock(): ServerRootLock {
  const lock = new ServerRootLock(path);
  afterThisTest(() => {
    lock.release();
  });
  return lock;
}

test('of many that take it at once, one gets it', async () => {
  const ends = await Promise.allSettled(Array.from({ length: 10 }, () => createLock().take()));
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const end of ends) if (end.status === 'rejected') expect(end.reason).toMatchObject(taken);
});

test('it is taken once by the same, free again when it is released, and leaves nothing behind', async () => {
  const lock = createLock();
  await lock.take();
  await lock.take();
  await expect(createLock().take()).rejects.toMatchObject(taken);
  lock.release();
  await createLock().take();
  expect(readdirSync(path)).toEqual([]);
});

test('who finds it taken is told the pid of a supervisor that answers', async () => {
  await createLock().take();
  const status = { pid: 42 } as never;
  const control = await ControlSocket.listen(path, () => Promise.resolve({ ok: true, status }));
  afterThisTest(() => control.close());
  await expect(createLock().take()).rejects.toMatchObject({ message: expect.stringContaining('(pid 42)') });
});

test.each([
  ['nothing', () => undefined],
  [
    'a file',
    () => {
      writeFileSync(path, '');
    },
  ],
  [
    'a link',
    () => {
      symlinkSync('/tmp', path);
    },
  ],
])('where there is %s, nothing is locked', async (_, arrange) => {
  rmdirSync(path);
  arrange();
  await createLock().take();
  await createLock().take();
});

test('a server root that another one prepares is not touched', async () => {
  const lock = createLock();
  const undo = new Undo();
  await lock.take();
  await expect(prepareServerRoot({ path, undo, lock: createLock() })).rejects.toMatchObject(taken);
  await undo.run();
  expect(readdirSync(path)).toEqual([]);
});

test('a directory that was made while another one took it is not removed', async () => {
  path = join(path, 'root');
  const other = createLock();
  const lock = new ServerRootLock(path);
  const slow = { take: () => other.take().then(() => lock.take()) };
  const undo = new Undo();
  await expect(prepareServerRoot({ path, undo, lock: slow })).rejects.toMatchObject(taken);
  await undo.run();
  expect(readdirSync(join(path, '..'))).toEqual(['root']);
});

test('a supervisor starts when it gets the lock, and releases it at its end', async () => {
  const { settings } = await createFakeRoot();
  path = settings.serverRoot;
  const lock = createLock();
  await lock.take();
  const createSupervisor = () => {
    const stdout = { write: () => undefined };
    return new Supervisor(settings, { bridgeMainPath: fixturePath('fake-bridge.mjs'), stdout });
  };
  await expect(createSupervisor().start()).rejects.toMatchObject(taken);
  lock.release();
  const supervisor = createSupervisor();
  await supervisor.start();
  await expect(createLock().take()).rejects.toMatchObject({ code: 'ERR_SUPERVISOR_RUNNING' });
  supervisor.stop();
  await supervisor.run();
  await createLock().take();
});
