import { describe, expect, test } from '@jest/globals';

import { parseBasicCredentials } from '../src/basic-credentials.ts';

const basic = (text: string, encoding: BufferEncoding = 'utf8') =>
  `Basic ${Buffer.from(text, encoding).toString('base64')}`;

describe('credentials of Basic authentication', () => {
  test.each([
    ['of a user', basic('anna:secret'), 'anna', 'secret'],
    ['with colons in the password', basic('anna:a:b:'), 'anna', 'a:b:'],
    ['without a password', basic('anna:'), 'anna', ''],
    ['in UTF-8', basic('zoë:☃'), 'zoë', '☃'],
    ['in ISO 8859-1', basic('zo\xeb:\xfc', 'latin1'), 'zoë', 'ü'],
    ['with a scheme in lower case', basic('a:b').replace('Basic', 'basic'), 'a', 'b'],
  ])('are read %s', (_title, header, user, password) => {
    expect(parseBasicCredentials(header)).toMatchObject({ user, password });
  });

  test('keep the bytes of the name', () => {
    expect(parseBasicCredentials(basic('zoë:x'))?.rawUser).toBe('zo\xc3\xab');
  });

  test.each([
    ['nothing', undefined],
    ['another scheme', 'Bearer YTpi'],
    ['no credentials', 'Basic'],
    ['no base64', 'Basic a:b'],
    ['no colon', basic('anna')],
    ['no name', basic(':secret')],
    ['a line break in the name', basic('anna\r\nVariable-express_user: otto:x')],
    ['a NUL in the password', basic('anna:a\0b')],
    ['a space before the name', basic(' anna:x')],
    ['a space after the name', basic('anna :x')],
    ['a name beyond what a header line takes', basic(`${'a'.repeat(1025)}:x`)],
  ])('are not read from %s', (_title, header) => {
    expect(parseBasicCredentials(header)).toBeUndefined();
  });
});
