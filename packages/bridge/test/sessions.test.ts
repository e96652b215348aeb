import { describe, expect, test } from '@jest/globals';

import { findSession, Greeting, Sessions } from '../src/sessions.ts';

describe('a query string', () => {
  test.each([
    ['EIO=4&transport=polling&t=x', { opens: true }],
    ['transport=polling&EIO=4&sid=aB-_1', { id: 'aB-_1', opens: false }],
    ['EIO=4&transport=websocket&sid=abc', { id: 'abc', opens: false }],
    ['EIO=4&transport=websocket', { opens: false }],
    ['sid=abc', { opens: false }],
    ['', { opens: false }],
  ])('%j is of the session %j', (query, session) => {
    expect(findSession(query)).toEqual(session);
  });
});

describe('sessions', () => {
  test('are found while their worker lives', () => {
    const sessions = new Sessions(() => 0);
    const worker = { takesSessions: true };
    sessions.remember('a', worker);
    expect(sessions.find('a')).toBe(worker);
    worker.takesSessions = false;
    expect(sessions.find('a')).toBeUndefined();
    expect(sessions.size).toBe(0);
  });

  test('are forgotten with their worker, and when they were not used for long', () => {
    let now = 0;
    const sessions = new Sessions(() => now);
    const [first, second] = [{ takesSessions: true }, { takesSessions: true }];
    sessions.remember('a', first);
    sessions.remember('b', second);
    sessions.forget(first);
    expect(sessions.find('a')).toBeUndefined();
    now = 11 * 60_000;
    sessions.remember('c', first);
    expect(sessions.size).toBe(1);
  });

  test('are bounded in number, the one unused for longest goes', () => {
    const sessions = new Sessions(() => 0);
    const worker = { takesSessions: true };
    for (let id = 0; id < 100_000; id += 1) sessions.remember(`${id}`, worker);
    sessions.find('0');
    sessions.remember('new', worker);
    expect(sessions.size).toBe(100_000);
    expect(sessions.find('0')).toBe(worker);
    expect(sessions.find('1')).toBeUndefined();
  });
});

describe('the answer to a handshake', () => {
  test.each([
    ['whole', ['Status: 200 OK\r\n\r\n0{"sid":"aB-_1","upgrades":["websocket"]}']],
    ['in pieces', ['Status: 200 OK\r\n\r\n0{"si', 'd":"aB', '-_1","upgrades":[]}']],
    ['as JSONP', [String.raw`___eio[0]("0{\"sid\":\"aB-_1\",\"upgrades\":[]}");`]],
  ])('names the session, %s', (_, pieces) => {
    const found: string[] = [];
    const greeting = new Greeting((id) => found.push(id));
    for (const piece of pieces) greeting.take(Buffer.from(piece));
    greeting.take(Buffer.from('"sid":"later"'));
    expect(found).toEqual(['aB-_1']);
  });

  test('is not searched for ever', () => {
    const found: string[] = [];
    const greeting = new Greeting((id) => found.push(id));
    greeting.take(Buffer.alloc(20_000));
    greeting.take(Buffer.from('"sid":"late"'));
    expect(found).toEqual([]);
  });
});
