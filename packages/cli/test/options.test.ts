import { describe, expect, test } from '@jest/globals';

import { allOptions } from '../src/command-table.ts';
import { environmentName, parseFlags, sections } from '../src/option-spec.ts';
import { serverOptions } from '../src/options.ts';

describe.each(Object.entries(allOptions))('option %s', (_key, spec) => {
  const { name, aliases, placeholders } = parseFlags(spec);

  test('has a name, at most two values, a known section and a summary that is a sentence', () => {
    expect(name).toMatch(/^[a-z]+\d?(-[a-z]+)*$/);
    expect(placeholders.length).toBeLessThanOrEqual(2);
    expect(sections).toContain(spec.section);
    expect(spec.help.split('\n')[0]).toMatch(/^[A-Za-z].*\.$/);
  });

  test('has a default that passes its own parse', () => {
    if (spec.default !== undefined) expect(spec.parse(spec.default)).toBeDefined();
    if (placeholders.length === 0) expect(['on', 'off']).toContain(spec.default);
  });

  test('has a variable named after it', () => {
    expect(environmentName(spec)).toBe(`EXPRESS_${name.toUpperCase().replaceAll('-', '_')}`);
  });

  test('has names of its own', () => {
    const others = Object.values(allOptions).filter((other) => other !== spec);
    const taken = others.flatMap((other) => [parseFlags(other).name, ...parseFlags(other).aliases]);
    for (const own of [name, ...aliases]) expect(taken).not.toContain(own);
  });
});

describe('the option table', () => {
  test('names the unit in the key of every value that has one', () => {
    const timeKeys = Object.entries(serverOptions).filter(([, { flags }]) => flags.endsWith('<time>'));
    const byteKeys = Object.entries(serverOptions).filter(([, { flags }]) => flags.endsWith('<bytes>'));
    for (const [key] of timeKeys) expect(key).toMatch(/Ms$/);
    for (const [key] of byteKeys) expect(key).toMatch(/Bytes$/);
    expect(timeKeys.length).toBeGreaterThan(0);
    expect(byteKeys.length).toBeGreaterThan(0);
  });
});
