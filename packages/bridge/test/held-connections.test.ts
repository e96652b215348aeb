/** Which of httpd's connections a worker has open as well. */
import { expect, test } from '@jest/globals';

import { type ConnectionHandle } from '../src/connection-handle.ts';
import { HeldConnections } from '../src/held-connections.ts';
import { type ConnectionHolder, type HttpdSide } from '../src/request-sides.ts';

/** A connection as far as it can be shared. */
class ScriptedConnection {
  readonly holders = new Set<ConnectionHolder>();
  readonly number: number;
  readonly #isOpen: boolean;
  constructor(number: number, isOpen = true) {
    this.number = number;
    this.#isOpen = isOpen;
  }
  get side(): HttpdSide {
    return this as unknown as HttpdSide;
  }
  share(holder: ConnectionHolder): ConnectionHandle | undefined {
    if (!this.#isOpen) return undefined;
    this.holders.add(holder);
    return { close: () => undefined };
  }
  unshare(holder: ConnectionHolder): void {
    this.holders.delete(holder);
  }
}

function listen(): { held: HeldConnections; said: string[] } {
  const said: string[] = [];
  const held = new HeldConnections(({ type, connection }, handle) => {
    said.push(`${type} ${connection}${handle === undefined ? '' : ' with it'}`);
  });
  return { held, said };
}

test('each is sent once, until it is over', () => {
  const { held, said } = listen();
  const connection = new ScriptedConnection(7);
  held.hold(connection.side);
  held.hold(connection.side);
  held.hold(new ScriptedConnection(8).side);
  held.connectionClosed(connection.side);
  expect(said).toEqual(['hold 7 with it', 'hold 8 with it', 'release 7']);
});

test('one that is over before it is sent is not', () => {
  const { held, said } = listen();
  held.hold(new ScriptedConnection(7, false).side);
  expect(said).toEqual([]);
});

test('a worker that has ended has none', () => {
  const { held } = listen();
  const connection = new ScriptedConnection(7);
  held.hold(connection.side);
  expect(connection.holders.size).toBe(1);
  held.end();
  expect(connection.holders.size).toBe(0);
});
