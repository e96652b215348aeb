import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { readNeeded, withRpath } from '../../src/install/elf.ts';
import { makeDirectory } from '../fake-httpd.ts';

const isElf64 = process.platform === 'linux' && ['x64', 'arm64', 'riscv64'].includes(process.arch);

(isElf64 ? describe : describe.skip)('an executable of this machine', () => {
  const original = readFileSync('/bin/ls');

  test('needs the C library', () => {
    expect(readNeeded(original)).toContainEqual(expect.stringMatching(/^libc\./));
  });

  test('still runs with an RPATH, which its loader follows', () => {
    const patched = withRpath(original, '$ORIGIN/../our-lib');
    const file = path.join(makeDirectory(), 'ls');
    writeFileSync(file, patched ?? '');
    chmodSync(file, 0o755);
    const env = { LD_DEBUG: 'libs', LD_DEBUG_OUTPUT: path.join(path.dirname(file), 'debug') };
    expect(execFileSync(file, ['-d', '/'], { encoding: 'utf8', env })).toBe('/\n');
    const searched = execFileSync('/bin/sh', ['-c', `cat '${path.dirname(file)}'/debug.*`], {
      encoding: 'utf8',
    });
    expect(searched).toContain('/../our-lib');
    expect(readNeeded(patched ?? Buffer.alloc(0))).toEqual(readNeeded(original));
  });

  test('that has an RPATH is left alone', () => {
    expect(withRpath(withRpath(original, '/a') ?? Buffer.alloc(0), '/b')).toBeUndefined();
  });

  test('with no room for a long RPATH is left alone', () => {
    expect(withRpath(original, 'x'.repeat(1 << 16))).toBeUndefined();
  });
});

test.each([
  ['an empty file', Buffer.alloc(0)],
  ['a script', Buffer.from('#!/bin/sh\n'.repeat(20))],
  ['a 32-bit image', Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 1]), Buffer.alloc(100)])],
  ['a big-endian image', Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 2]), Buffer.alloc(100)])],
])('%s needs nothing and takes no RPATH', (_, bytes) => {
  expect(readNeeded(bytes)).toEqual([]);
  expect(withRpath(bytes, '/x')).toBeUndefined();
});
