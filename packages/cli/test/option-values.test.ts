import os from 'node:os';

import { describe, expect, test } from '@jest/globals';

import * as values from '../src/option-values.ts';

const accepted: readonly (readonly [parse: (raw: string) => unknown, raw: string, value: unknown])[] = [
  [values.onOff, 'on', true],
  [values.onOff, 'No', false],
  [values.onOff, '1', true],
  [values.wholeNumber(0, 9), '0', 0],
  [values.wholeNumber(0, 9), '9', 9],
  [values.processCount, '4', 4],
  [values.processCount, 'auto', os.availableParallelism()],
  [values.duration(), '60', 60_000],
  [values.duration(), '0.5', 500],
  [values.duration(), '.25s', 250],
  [values.duration(), '500ms', 500],
  [values.duration(), '2m', 120_000],
  [values.duration(), '0', 0],
  [values.byteCount, '10485760', 10_485_760],
  [values.byteCount, '10MB', 10_485_760],
  [values.byteCount, '1.5GiB', 1_610_612_736],
  [values.byteCount, '512k', 524_288],
  [values.byteCount, '7b', 7],
  [values.bytesBetween(1, 1024), '1KB', 1024],
  [values.fraction, '0', 0],
  [values.fraction, '.25', 0.25],
  [values.fraction, '1.0', 1],
  [values.host, '127.0.0.1', '127.0.0.1'],
  [values.host, '[::1]', '::1'],
  [values.host, '::', '::'],
  [values.host, 'my-host.example', 'my-host.example'],
  [values.addressBlock, '192.0.2.1', '192.0.2.1'],
  [values.addressBlock, '2001:db8::/32', '2001:db8::/32'],
  [values.headerName(['X-Real-IP']), 'x-real-ip', 'X-Real-IP'],
  [values.account, 'www-data', 'www-data'],
  [values.account, '#1000', '#1000'],
  [values.urlPath, '/', '/'],
  [values.urlPath, 'static/', '/static'],
  [values.urlPath, '/a b/ü', '/a b/ü'],
  [values.filePath, '/tmp/a "b" $c %d \\e', '/tmp/a "b" $c %d \\e'],
  [values.filePath, 'x', `${process.cwd()}/x`],
  [values.oneOf('a', 'b'), 'b', 'b'],
  [values.printable, '', ''],
  [values.variableName, 'A_1', 'A_1'],
  [values.pair(values.variableName, values.printable), 'A\0b\\c', ['A', 'b\\c']],
];

const refused: readonly (readonly [parse: (raw: string) => unknown, raw: string, expected: string])[] = [
  [values.onOff, 'maybe', 'on or off'],
  [values.wholeNumber(1, 9), '0', 'a whole number from 1 to 9'],
  [values.wholeNumber(1, 9), '10', 'a whole number from 1 to 9'],
  [values.wholeNumber(1, 9), '1.5', 'a whole number'],
  [values.wholeNumber(1, 9), '1e0', 'a whole number'],
  [values.wholeNumber(1, 9), '', 'a whole number'],
  [values.wholeNumber(1, 9), ' 5', 'a whole number'],
  [values.processCount, '0', 'auto or a whole number from 1 to 512'],
  [values.duration(), '-1', 'a time'],
  [values.duration(), '5 s', 'a time'],
  [values.duration(), '5d', 'a time'],
  [values.duration(), '0.0001', 'a time'],
  [values.duration(), '25000m9', 'a time'],
  [values.duration(), '600h', 'at most 24 days'],
  [values.duration(1000), '500ms', 'at least 1000 ms'],
  [values.byteCount, '10XB', 'a size'],
  [values.byteCount, '-1', 'a size'],
  [values.bytesBetween(1, 1024), '0', 'a size from 1 to 1024 bytes'],
  [values.bytesBetween(1, 1024), '2KB', 'a size from 1 to 1024 bytes'],
  [values.fraction, '1.1', 'a number from 0 to 1'],
  [values.fraction, '-0.1', 'a number from 0 to 1'],
  [values.fraction, '5e-1', 'a number from 0 to 1'],
  [values.byteCount, '99999999TB', 'a size'],
  [values.text, '', 'not empty'],
  [values.text, 'a\nb', 'without line breaks'],
  [values.filePath, 'a\rb', 'without line breaks'],
  [values.urlPath, '/a\tb', 'without line breaks'],
  [values.printable, '\x7f', 'without line breaks'],
  [values.host, '', 'an IP address or a host name'],
  [values.host, '999.1.1.1', 'an IP address'],
  [values.host, 'a b', 'an IP address'],
  [values.host, '[localhost]', 'an IP address'],
  [values.host, '::1]', 'an IP address'],
  [values.addressBlock, 'localhost', 'an IP address'],
  [values.addressBlock, '192.0.2.0/33', 'an IP address'],
  [values.addressBlock, '192.0.2.0/24/8', 'an IP address'],
  [values.addressBlock, '192.0.2.0/', 'an IP address'],
  [values.addressBlock, 'fe80::1%eth0', 'an IP address'],
  [values.headerName(['X-Real-IP']), 'Host', 'one of X-Real-IP'],
  [values.account, 'a b', 'an account name'],
  [values.account, '1000', 'an account name'],
  [values.urlPath, '/a/../b', 'a URL path'],
  [values.urlPath, '/a//b', 'a URL path'],
  [values.urlPath, '/a?b', 'a URL path'],
  [values.urlPath, '/a%20b', 'not percent-encoded'],
  [values.oneOf('a', 'b'), 'A', 'one of a, b'],
  [values.variableName, '1A', 'a variable name'],
  [values.variableName, 'A-B', 'a variable name'],
  [values.pair(values.variableName, values.printable), 'A', 'two values'],
  [values.pair(values.variableName, values.printable), 'A\0b\nc', 'without line breaks'],
];

describe('option values', () => {
  test.each(accepted)('%p reads %j', (parse, raw, value) => {
    expect(parse(raw)).toEqual(value);
  });

  test.each(refused)('%p refuses %j and says what was expected', (parse, raw, expected) => {
    expect(() => parse(raw)).toThrow(RangeError);
    expect(() => parse(raw)).toThrow(expected);
  });
});
