import { describe, expect, test } from '@jest/globals';

import { encodeNameValues, type NameValue } from '../src/name-value.ts';
import { Params } from '../src/params.ts';

const paramsOf = (pairs: readonly NameValue[]): Params => new Params(encodeNameValues(pairs));

const requests: Readonly<Record<string, readonly [string, string][]>> = {
  'no names': [],
  'one name': [['A', '1']],
  'the same name with another value': [['A', '']],
  'another name of the same length': [['B', '1']],
  'a name that begins like another': [['AA', '1']],
  'more names after the same ones': [
    ['A', '1'],
    ['B', '2'],
  ],
  'the same names in another order': [
    ['B', '2'],
    ['A', '1'],
  ],
  'a name that came before': [
    ['A', '1'],
    ['B', '2'],
    ['A', '3'],
  ],
  'a name without characters': [['', 'x']],
  'bytes beyond ASCII': [['caf\xe9', '\xff\x80']],
  'long names and values': [['N'.repeat(200), 'v'.repeat(70_000)]],
};

describe('the variables of a request with', () => {
  test.each([...Object.entries(requests), ...Object.entries(requests)])('%s are a map', (_, pairs) => {
    const params = paramsOf(pairs);
    const map = new Map(pairs);
    expect([...params]).toEqual([...map]);
    expect([...params.keys()]).toEqual([...map.keys()]);
    expect([...params.values()]).toEqual([...map.values()]);
    expect(params.size).toBe(map.size);
    const visited: [string, string][] = [];
    params.forEach((value, name) => visited.push([name, value]));
    expect(visited).toEqual([...map]);
    for (const name of ['A', 'B', 'C', '', ...map.keys()]) {
      expect(params.get(name)).toBe(map.get(name));
      expect(params.has(name)).toBe(map.has(name));
    }
  });
});

test('variables stay what they are when the bytes they came in change', () => {
  const content = encodeNameValues([['NAME', 'value']]);
  const params = new Params(content);
  content.fill(0);
  expect([...params]).toEqual([['NAME', 'value']]);
  expect([...paramsOf([['NAME', 'value']])]).toEqual([['NAME', 'value']]);
});

test('names beyond those that are remembered are read all the same', () => {
  const wrong: string[] = [];
  for (let number = 0; number < 10_000; number++) {
    const name = `NAME_${number % 5000}`;
    const params = paramsOf([
      ['FIRST', '1'],
      [name, '2'],
      ['LAST', '3'],
    ]);
    if ([...params].join() !== `FIRST,1,${name},2,LAST,3`) wrong.push(name);
  }
  expect(wrong).toEqual([]);
});

test('as many variables as fit into the limit of PARAMS are read', () => {
  const content = Buffer.alloc(1024 * 1024); // names and values without a character
  expect([...new Params(content)]).toEqual([['', '']]);
});
