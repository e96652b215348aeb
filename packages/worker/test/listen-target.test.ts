import { createServer } from 'node:net';

import { describe, expect, test } from '@jest/globals';

import {
  decideListen,
  type ListenDecision,
  type ListenTarget,
  parseListenTarget,
} from '../src/listen-target.ts';

const at = (port: number, host?: string): ListenTarget => ({ kind: 'port', port, host });

describe('the arguments of listen() mean', () => {
  test.each<[readonly unknown[], ListenTarget | undefined]>([
    [[], at(0)],
    [[() => undefined], at(0)],
    [[null], at(0)],
    [[3000], at(3000)],
    [['3000'], at(3000)],
    [[3000, '::1', 5, () => undefined], at(3000, '::1')],
    [[3000, () => undefined], at(3000)],
    [[{ port: 3000, host: 'localhost' }], at(3000, 'localhost')],
    [[{ port: undefined }], at(0)],
    [['/run/app.sock'], { kind: 'path', path: '/run/app.sock' }],
    [['app.sock'], { kind: 'path', path: 'app.sock' }],
    [[{ path: '/run/app.sock' }], { kind: 'path', path: '/run/app.sock' }],
    [[{ fd: 3 }], { kind: 'existing' }],
    [[65_536], undefined],
    [[-1], undefined],
    [[''], undefined],
    [[true], undefined],
    [[{}], undefined],
    [[{ path: '' }], undefined],
  ])('%j', (args, target) => {
    expect(parseListenTarget(args)).toEqual(target);
  });

  test('a handle that exists', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { _handle: handle } = server as unknown as { _handle: object };
    expect([[handle], [{ handle }], [server]].map(parseListenTarget)).toEqual(
      Array.from({ length: 3 }, () => ({ kind: 'existing' })),
    );
    server.close();
  });
});

describe('with 8000 as the public port', () => {
  test.each<
    [title: string, asked: ListenTarget, served: ListenTarget | undefined, isSameApp: boolean, ListenDecision]
  >([
    ['the first server is served', at(3000), undefined, false, 'serve'],
    ['another port really listens', at(9090), at(3000), false, 'listen'],
    ['any port really listens', at(0), at(0), false, 'listen'],
    ['a path really listens', { kind: 'path', path: '/a' }, at(3000), false, 'listen'],
    ['the public port takes over from another', at(8000), at(9090), false, 'take-over'],
    ['the same port is in use', at(3000), at(3000), false, 'in-use'],
    [
      'the same port of another address really listens',
      at(3000, '::1'),
      at(3000, '127.0.0.1'),
      false,
      'listen',
    ],
    ['the same port of every address is in use', at(3000), at(3000, '127.0.0.1'), false, 'in-use'],
    ['the public port of another address is in use', at(8000, '::1'), at(8000, '127.0.0.1'), false, 'in-use'],
    ['the same path is in use', { kind: 'path', path: '/a' }, { kind: 'path', path: '/a' }, false, 'in-use'],
    ['the same app at another address is pretended', at(8000, '::1'), at(3000, 'localhost'), true, 'pretend'],
    ['the same app on another port really listens', at(9090), at(3000), true, 'listen'],
  ])('%s', (_, asked, target, isSameApp, decision) => {
    expect(decideListen(asked, target && { target, isSameApp }, 8000)).toBe(decision);
  });
});
